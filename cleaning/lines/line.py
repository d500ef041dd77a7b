"""The lines that remain of a page, and what a step makes of them."""

from collections.abc import Callable
from dataclasses import dataclass

from cleaning.article import BlockKind, Removal


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, and what the page's markup says of it."""

    text: str
    kind: BlockKind = BlockKind.PARAGRAPH
    linked: bool = False
    """Whether the line's text is the text of a link."""
    link_share: float = 0.0
    """Share of its characters that are a link to another page of the site."""
    kept: bool = False
    """Whether the user says that the line stays, whatever the rules say."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the page before its lines are read."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    site_name: str | None = None


@dataclass(frozen=True, slots=True)
class Stripped:
    """What a step leaves, what it removed, and what the removed lines said: pairs of a field and its value."""

    lines: tuple[Line, ...]
    removals: tuple[Removal, ...] = ()
    harvest: tuple[tuple[str, str], ...] = ()
    flags: tuple[str, ...] = ()


Step = Callable[[tuple[Line, ...], Known], Stripped]


def drop_lines(lines: tuple[Line, ...], doomed: dict[int, str], step: str) -> Stripped:
    """Drop lines by their indices, each for its rule, but for those that must stay."""
    doomed = {i: rule for i, rule in doomed.items() if not lines[i].kept}
    if not doomed:
        return Stripped(lines)
    kept = tuple(line for i, line in enumerate(lines) if i not in doomed)
    return Stripped(kept, tuple(Removal(step, doomed[i], lines[i].text) for i in sorted(doomed)))
