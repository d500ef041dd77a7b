"""The errors of a corpus that a user can fix.

Every message is one sentence that names the file or server and, where possible, the remedy. The commands print it
without a traceback and end with the exit code in `crawler.cli.output.exit_codes`. All other exceptions are bugs, except
`ValueError` for arguments that a caller could have checked.
"""

# The names say what is wrong and do not end in "Error" (N818): ``except CorpusNotFound`` reads as a sentence.


class CorpusError(Exception):
    """A problem with a corpus that a user can fix; the base of all errors below."""


class CorpusNotFound(CorpusError):  # noqa: N818
    """There is no corpus at the database URL: no such file, an empty database, or no server (exit code 10)."""


class NotACorpus(CorpusError):  # noqa: N818
    """The database exists but is damaged, or belongs to another program (exit code 11)."""


class CorpusTooNew(CorpusError):  # noqa: N818
    """A later version of Cleanwire wrote this corpus: upgrade the program (exit code 12)."""


class CorpusLocked(CorpusError):  # noqa: N818
    """Another program kept the database locked for longer than the busy timeout; try again (exit code 13)."""


class CorpusReadOnly(CorpusError):  # noqa: N818
    """A write was attempted, but the file, its folder or the database user's rights do not allow it (exit code 14)."""


class CorpusLost(CorpusError):  # noqa: N818
    """The connection to the database server was lost; everything committed before is kept (exit code 16)."""


class DiskFailed(CorpusError):  # noqa: N818
    """The disk that holds the corpus is full or failing; everything committed before is kept (exit code 74)."""


class CorpusBusy(CorpusError):  # noqa: N818
    """Another crawl is running on this corpus; only one at a time may (exit code 75)."""


class ArticleNotFound(CorpusError):  # noqa: N818
    """The corpus has no article with the given id or URL (exit code 15)."""


class SavedQueryNotFound(CorpusError):  # noqa: N818
    """The corpus has no saved query with the given name (exit code 15)."""


class NotReadOnly(CorpusError):  # noqa: N818
    """A statement given to ``cleanwire sql`` is not a read-only query."""


class MissingPackage(CorpusError):  # noqa: N818
    """An export needs an optional package that is not installed; the message has the command that installs it."""


class ArchiveError(CorpusError):
    """The page archive cannot be read or written: the disk is full, or permissions are missing."""


class ArchivedPageGone(ArchiveError):  # noqa: N818
    """The archive file of a page no longer exists."""


class ArchivedPageDamaged(ArchiveError):  # noqa: N818
    """The archive file exists, but has no complete page at the recorded offset."""
