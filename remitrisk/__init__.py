"""A policy brief that can be rerun, and that says when its own claims stop being true."""

__version__ = "0.2.0"
