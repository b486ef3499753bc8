"""The benchmarks run: what they measure is looked at by people, never here."""
