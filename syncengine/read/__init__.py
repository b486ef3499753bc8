"""Brings in what both sides show."""
