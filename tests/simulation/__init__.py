"""Seeded histories of two sides with everything going wrong, checked as they go."""
