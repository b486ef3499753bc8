"""What the facts of Exact Online promise, held end to end."""
