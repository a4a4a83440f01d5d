"""Catalogue of sources and vintages, and the ways to read them."""
