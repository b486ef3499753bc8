"""`python -m syncengine` is the command `sync`."""

from syncengine.cli.main import main

if __name__ == "__main__":
    main()
