"""Carries a plan to the sides, and notes what landed."""
