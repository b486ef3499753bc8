"""The tests, room by room; `builders` makes their rows short."""
