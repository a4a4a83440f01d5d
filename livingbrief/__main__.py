"""The command line, as ``python -m livingbrief``."""

from livingbrief.cli.cli import main

if __name__ == "__main__":
    main(prog_name="livingbrief")
