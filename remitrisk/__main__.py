"""The command line, as ``python -m remitrisk``."""

from remitrisk.cli import main

if __name__ == "__main__":
    main(prog_name="remitrisk")
