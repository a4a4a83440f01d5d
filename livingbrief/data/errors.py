"""Errors of the data room: each message says what is wrong, where, and what would be right."""

from __future__ import annotations

from livingbrief.errors import BuildError, InputError


class DataError(InputError):
    """The caller asked for something that the data cannot serve, or gave a broken input."""


class PackageError(BuildError):
    """The data package itself is broken: a hash, a column, a value out of range."""


class UndeclaredReadError(PackageError):
    """A notebook reads a table that its metadata does not declare."""
