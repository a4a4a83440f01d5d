"""Reports that can be rerun, and that say when their own claims stop being true."""

__version__ = "0.2.0"
