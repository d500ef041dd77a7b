"""What may stand anywhere in an article: lines that are boilerplate by themselves, and titles of other articles."""

from cleaning.article import BlockKind
from cleaning.lines.boilerplate import drop_and_harvest, is_title_like, match_boilerplate
from cleaning.lines.line import KnownMetadata, Line, StepResult, drop_lines
from cleaning.lines.prose import count_words
from cleaning.lines.rule_matcher import RuleMatch

MIN_TITLE_WORDS = 4
"""Words that a linked line has at least to be another article's title; a shorter one may be a name in a list."""


def drop_boilerplate_lines(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Drop the lines that are boilerplate wherever they stand."""
    listed = {i for start, end in _find_item_runs(lines) if _is_announced(lines, start) for i in range(start, end)}
    readings = {
        i: found
        for i, line in enumerate(lines)
        if i not in listed and (found := match_boilerplate(line, known, ("anywhere",)))
    }
    in_box = {i for i in range(1, len(lines) - 1) if i not in readings and _is_in_box(lines, i, readings)}
    readings |= {i: readings[i - 1][:1] for i in in_box}
    return drop_and_harvest(lines, readings, "drop_boilerplate_lines")


def _is_in_box(lines: tuple[Line, ...], i: int, readings: dict[int, tuple[RuleMatch, ...]]) -> bool:
    """Whether a line is a label between two prompts: "Sign up for …", "News from the plateau", "No spam."."""
    around = (readings.get(i - 1, ()), readings.get(i + 1, ()))
    return all(found and all(one.rule.box for one in found) for found in around) and is_title_like(lines[i])


def drop_linked_titles(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Drop lines that are a link and read as a headline: other articles' titles, in whatever language.

    A list counts as a whole: two linked items or more and no other, and no sentence that announces it.
    """
    doomed: set[int] = set()
    for start, end in _find_item_runs(lines):
        if end - start > 1 and not _is_announced(lines, start) and all(line.linked for line in lines[start:end]):
            doomed.update(range(start, end))
    doomed.update(i for i, line in enumerate(lines) if line.kind is BlockKind.PARAGRAPH and line.linked)
    titles = {i for i in doomed if is_title_like(lines[i]) and _is_title_opening(lines[i].text)}
    return drop_lines(lines, dict.fromkeys(titles, "linked-title"), "drop_linked_titles")


def _is_title_opening(text: str) -> bool:
    """Whether a linked text can be a title and no phrase of a sentence that the markup has split."""
    return count_words(text) >= MIN_TITLE_WORDS and not text[:1].islower() and text[:1] not in "–—-"


def _is_announced(lines: tuple[Line, ...], start: int) -> bool:
    """Whether a sentence announces the list that begins there: "The apps that were blocked are:"."""
    return start > 0 and lines[start - 1].text.endswith((":", "："))


def _find_item_runs(lines: tuple[Line, ...]) -> list[tuple[int, int]]:
    """Where runs of list items begin and end."""
    items = [line.kind is BlockKind.LIST_ITEM for line in lines]
    starts = [i for i, is_item in enumerate(items) if is_item and not (i and items[i - 1])]
    return [(start, next((i for i in range(start, len(items)) if not items[i]), len(items))) for start in starts]
