"""Bugs planted on purpose, to see that the suite finds them."""
