"""Clients that others wrote, pointed at the emulator: nothing of them is patched but the address."""
