"""Prose, ledger and other pages, and the Sphinx side."""
