"""Real processes, killed for real, between a CSV file and an emulated Exact administration."""
