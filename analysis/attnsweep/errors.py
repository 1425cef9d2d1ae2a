"""What can go wrong that is not a bug, each with the exit code of the command line."""

from __future__ import annotations


class ReportError(Exception):
    """Base; `code` is how the program ends."""

    code = 1


class UsageError(ReportError):
    """A wrong command line, or a name that the run does not hold."""

    code = 2


class InputError(ReportError):
    """A model or corpus that cannot be had or read."""

    code = 4


class ArchiveError(ReportError):
    """An archive that is damaged or not ours. The message names the file."""

    code = 5


class IncompleteError(ReportError):
    """Something that has to be made first is not there yet."""

    code = 75


class NoPlaceError(ReportError):
    """A folder that cannot be written."""

    code = 76
