"""What can be wrong with a corpus, said so that its owner can act on it."""


class CorpusError(Exception):
    """Something a user can put right. The message is one sentence for that user."""


class CorpusNotFound(CorpusError):  # noqa: N818 - reads as what is the matter
    """There is no corpus at that address."""


class NotACorpus(CorpusError):  # noqa: N818
    """There is a file, but it is damaged, or it is no corpus of Cleanwire."""


class CorpusTooNew(CorpusError):  # noqa: N818
    """A later version of Cleanwire wrote this corpus."""


class CorpusLocked(CorpusError):  # noqa: N818
    """Another program kept the database file locked for longer than we wait."""


class CorpusReadOnly(CorpusError):  # noqa: N818
    """Something was to be written, and the file or its folder does not allow it."""


class CorpusLost(CorpusError):  # noqa: N818
    """The server of the corpus went away while it was in use; what was committed before is kept."""


class DiskFailed(CorpusError):  # noqa: N818
    """The disk that holds the corpus is full, or fails; what was committed before is kept."""


class CorpusBusy(CorpusError):  # noqa: N818
    """Another crawl is at work on this corpus (exit code 75)."""


class ArticleNotFound(CorpusError):  # noqa: N818
    """The corpus holds no article of that number."""


class SavedQueryNotFound(CorpusError):  # noqa: N818
    """The corpus holds no saved query of that name."""


class NotReadOnly(CorpusError):  # noqa: N818
    """A statement that would change something, where only questions are allowed."""


class MissingPackage(CorpusError):  # noqa: N818
    """Something needs a package that is not installed."""


class ArchiveError(CorpusError):
    """The archive of pages cannot be written: the disk is full, or the folder does not allow it."""


class ArchivedPageGone(ArchiveError):  # noqa: N818
    """The file that a page was archived in is not there any more."""


class ArchivedPageDamaged(ArchiveError):  # noqa: N818
    """The file is there, and holds no whole page where it was written."""
