"""The command, as ``python -m brainscan``."""

from brainscan.cli import main

if __name__ == "__main__":
    main()
