"""Any bytes at every door: a clean message in bounded time and memory, no program started, no file outside the folder (P24)."""
