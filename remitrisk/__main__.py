"""The command line, as ``python -m remitrisk``."""

from livingbrief.cli.cli import main

if __name__ == "__main__":
    main(prog_name="remitrisk")
