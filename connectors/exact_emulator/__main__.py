"""``python -m exact_emulator``."""

from exact_emulator.serve import main

if __name__ == "__main__":
    raise SystemExit(main())
