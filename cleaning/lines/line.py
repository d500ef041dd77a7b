"""The values that the line steps take and return: lines, known metadata, and the result of a step."""

from collections.abc import Callable
from dataclasses import dataclass

from cleaning.article import BlockKind, Removal


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, with what the markup of the page says about it."""

    text: str
    kind: BlockKind = BlockKind.PARAGRAPH
    linked: bool = False
    """Whether the whole line is the text of a link."""
    link_share: float = 0.0
    """Share of the characters that belong to links to other pages of the site, from 0 to 1."""
    kept: bool = False
    """Whether the line must stay, whatever the rules say, e.g. because the user's site rules say so."""


@dataclass(frozen=True, slots=True)
class KnownMetadata:
    """Metadata of the page that lines are compared with: a line that only repeats it is boilerplate."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    site_name: str | None = None


@dataclass(frozen=True, slots=True)
class StepResult:
    """The result of a step."""

    lines: tuple[Line, ...]
    """The lines that are kept, in their order."""
    removals: tuple[Removal, ...] = ()
    """The lines, or parts of lines, that were removed."""
    harvest: tuple[tuple[str, str], ...] = ()
    """Values from the removed lines: pairs of a field of the article and a value."""
    flags: tuple[str, ...] = ()
    """Flags for the article."""


Step = Callable[[tuple[Line, ...], KnownMetadata], StepResult]
"""A step over the lines of a page: a function without side effects."""


def drop_lines(lines: tuple[Line, ...], rules_by_index: dict[int, str], step: str) -> StepResult:
    """Drop lines, except those that must be kept.

    Args:
        lines: all lines.
        rules_by_index: the indices of the lines to drop, each with the id of the rule that is the reason.
        step: the name of the step, for the removals.

    >>> result = drop_lines((Line("Flood"), Line("Share this")), {1: "share"}, "drop_tail_lines")
    >>> [line.text for line in result.lines], result.removals[0].rule
    (['Flood'], 'share')
    """
    rules_by_index = {i: rule for i, rule in rules_by_index.items() if not lines[i].kept}
    if not rules_by_index:
        return StepResult(lines)
    kept = tuple(line for i, line in enumerate(lines) if i not in rules_by_index)
    return StepResult(kept, tuple(Removal(step, rules_by_index[i], lines[i].text) for i in sorted(rules_by_index)))
