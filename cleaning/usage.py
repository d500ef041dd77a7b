"""What sites state about the use of their articles, and which statements forbid which purpose.

Each format has its own words (Content Signals, AIPREF, TDMRep, RSL, robots directives). They are translated into the
uses of one vocabulary when they are read, so that this module is the only place that decides.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

MAX_STATEMENTS: Final = 40
"""Statements that are kept of an article: a hostile server could send thousands."""
MAX_STATEMENT_CHARACTERS: Final = 300
"""Characters that are kept of a statement as it was written."""


@dataclass(frozen=True, slots=True)
class UsageStatement:
    """One statement of a site about one use of an article."""

    where: str
    """Where it was found: ``"robots.txt Content-Signal"``, ``"robots.txt Content-Usage"``, ``"robots.txt License"``,
    ``"Content-Usage header"``, ``"X-Robots-Tag"``, ``"meta robots"``, ``"tdm-reservation header"``, ``"tdm-reservation
    meta"`` or ``"tdmrep.json"``."""
    use: str
    """The use, such as ``"ai-train"``: a value of ``USES_BY_PURPOSE``, ``"licence"``, or an unknown label in lower
    case."""
    allowed: bool | None
    """Whether the use is allowed; ``None`` if it depends on the licence."""
    url: str | None = None
    """The absolute URL of the licence or policy; ``None`` if none is named."""
    text: str = ""
    """The statement as it was written, at most ``MAX_STATEMENT_CHARACTERS``."""


USES_BY_PURPOSE: Final[Mapping[str, tuple[str, ...]]] = {
    # The stated uses that cover a purpose, the most specific first. Of one place, the most specific statement counts:
    # "ai=n, train-ai=y" allows training.
    #
    # Copies for preservation: only statements about copies, or about any use, concern them.
    "archive": ("archive", "all"),
    # Analysis of texts is text and data mining. Statements on AI or on search engines do not speak of it.
    "research": ("tdm", "all"),
    # An index that leads readers to the site.
    "search": ("search", "all"),
    # Texts that a model receives with a question. Mining is the wider use in the EU's definition of it.
    "ai-input": ("ai-input", "ai", "tdm", "all"),
    # Texts that a model learns from.
    "ai-train": ("ai-train", "ai", "tdm", "all"),
}
"""For each purpose, the stated uses that allow or forbid it."""
PURPOSES: Final = tuple(USES_BY_PURPOSE)

_USE_BY_LABEL: Final[Mapping[str, str]] = {
    **{use: use for uses in USES_BY_PURPOSE.values() for use in uses},
    # Labels of the AIPREF vocabulary, which its drafts have changed several times, and of RSL.
    "train-ai": "ai-train",
    "train-genai": "ai-train",
    "genai-train": "ai-train",
    "ai-use": "ai-input",
    "use-ai": "ai-input",
    "ai-output": "ai-input",
    "ai-all": "ai",
    "bots": "all",
}
_USE_BY_DIRECTIVE: Final[Mapping[str, str]] = {
    "noindex": "search",
    "none": "search",
    "noarchive": "archive",
    "nocache": "archive",
    "noai": "ai",
    "noml": "ai",
}


class StatesUsage(Protocol):
    """An article with what its site states: `cleaning.Article` and `storage.StoredArticle`."""

    @property
    def robots(self) -> tuple[str, ...]: ...
    @property
    def tdm_reserved(self) -> bool | None: ...
    @property
    def tdm_policy(self) -> str | None: ...
    @property
    def usage_statements(self) -> tuple[UsageStatement, ...]: ...


def translate_label(label: str) -> str:
    """Return the use that a label of Content Signals, AIPREF or RSL means; an unknown label as it is.

    >>> translate_label("Train-AI"), translate_label("print")
    ('ai-train', 'print')
    """
    return _USE_BY_LABEL.get(label.lower(), label.lower())


def read_directives(directives: Iterable[str], where: str) -> Iterator[UsageStatement]:
    """Yield the statements that robots directives make; most directives make none.

    >>> [each.use for each in read_directives(("follow", "noai"), "meta robots")]
    ['ai']
    """
    for directive in directives:
        if use := _USE_BY_DIRECTIVE.get(directive):
            yield UsageStatement(where, use, allowed=False, text=directive)


def list_statements(article: StatesUsage) -> list[UsageStatement]:
    """Return what is known of an article's permitted uses.

    Its robots directives and its reservation of mining count too: articles that an earlier version has stored, and
    pages that were cleaned without a crawl, have no other statements.
    """
    statements = [*article.usage_statements, *read_directives(article.robots, "robots directives")]
    if article.tdm_reserved is not None:
        statements.append(UsageStatement("tdm-reservation", "tdm", not article.tdm_reserved, article.tdm_policy))
    return statements


def find_prohibition(statements: Iterable[UsageStatement], purpose: str) -> UsageStatement | None:
    """Return the statement that forbids a purpose, which is a key of ``USES_BY_PURPOSE``; ``None`` if none does.

    Places do not overrule each other: one that forbids is enough.

    >>> stated = [UsageStatement("header", "ai", False), UsageStatement("header", "ai-train", True)]
    >>> find_prohibition(stated, "ai-train"), find_prohibition(stated, "ai-input").use
    (None, 'ai')
    """
    by_place: dict[str, list[UsageStatement]] = {}
    for statement in statements:
        by_place.setdefault(statement.where, []).append(statement)
    return next(filter(None, (_decide(stated, purpose) for stated in by_place.values())), None)


def _decide(statements: Iterable[UsageStatement], purpose: str) -> UsageStatement | None:
    """Return the statement of one place that forbids a purpose; ``None`` if the most specific one allows it."""
    stated = [each for each in statements if each.allowed is not None]
    for use in USES_BY_PURPOSE[purpose]:
        if matching := [each for each in stated if each.use == use]:
            return next((each for each in matching if not each.allowed), None)
    return None
