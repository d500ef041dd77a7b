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
class KnownMetadata:
    """What is known of the page before its lines are read."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    site_name: str | None = None


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step leaves, what it removed, and what the removed lines said: pairs of a field and its value."""

    lines: tuple[Line, ...]
    removals: tuple[Removal, ...] = ()
    harvest: tuple[tuple[str, str], ...] = ()
    flags: tuple[str, ...] = ()


Step = Callable[[tuple[Line, ...], KnownMetadata], StepResult]


def drop_lines(lines: tuple[Line, ...], rules_by_index: dict[int, str], step: str) -> StepResult:
    """Drop lines by their indices, each for its rule, but for those that must stay."""
    rules_by_index = {i: rule for i, rule in rules_by_index.items() if not lines[i].kept}
    if not rules_by_index:
        return StepResult(lines)
    kept = tuple(line for i, line in enumerate(lines) if i not in rules_by_index)
    return StepResult(kept, tuple(Removal(step, rules_by_index[i], lines[i].text) for i in sorted(rules_by_index)))
