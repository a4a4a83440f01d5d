"""Errors of the data room: each message says what is wrong, where, and what would be right."""


class DataError(Exception):
    """The caller asked for something that the data cannot serve, or gave a broken input.

    The command line ends with exit code 2.
    """

    exit_code = 2


class PackageError(Exception):
    """The data package itself is broken: a hash, a column, a value out of range.

    The command line ends with exit code 1.
    """

    exit_code = 1


class UndeclaredReadError(PackageError):
    """A notebook reads a table that its metadata does not declare."""
