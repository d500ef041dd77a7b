"""Steps for boilerplate anywhere in an article: lines that are boilerplate anywhere, and titles of other articles."""

from cleaning.article import BlockKind
from cleaning.lines.boilerplate import drop_and_harvest, is_title_like, match_boilerplate
from cleaning.lines.line import KnownMetadata, Line, StepResult, drop_lines
from cleaning.lines.prose import count_words
from cleaning.lines.rule_matcher import RuleMatch

MIN_TITLE_WORDS = 4
"""Words that the linked title of another article has at least; a shorter linked line may be a name in a list."""


MAX_LABEL_WORDS = 3
"""Words of the label before the linked title of another article."""
MIN_LINK_SHARE = 0.95
"""Share of the text behind a label that must be a link."""


def drop_boilerplate_lines(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Drop lines that are boilerplate anywhere in an article, with the labels between two of them.

    The items of a list that a sentence announces are kept: "The apps that were blocked are: …".
    """
    listed = {i for start, end in _find_item_runs(lines) if _is_announced(lines, start) for i in range(start, end)}
    matches_by_index = {
        i: matches
        for i, line in enumerate(lines)
        if i not in listed and (matches := match_boilerplate(line, known, ("anywhere",)))
    }
    in_box = {
        i for i in range(1, len(lines) - 1) if i not in matches_by_index and _is_in_box(lines, i, matches_by_index)
    }
    # The removal of a label names the rule of the prompt before it.
    matches_by_index |= {i: matches_by_index[i - 1][:1] for i in in_box}
    return drop_and_harvest(lines, matches_by_index, "drop_boilerplate_lines")


def _is_in_box(lines: tuple[Line, ...], i: int, matches_by_index: dict[int, tuple[RuleMatch, ...]]) -> bool:
    """Return whether a line is a label between two prompts: "Sign up for …", "News from the plateau", "No spam."."""
    neighbours = (matches_by_index.get(i - 1, ()), matches_by_index.get(i + 1, ()))
    are_prompts = all(matches and all(match.rule.box for match in matches) for matches in neighbours)
    return are_prompts and is_title_like(lines[i])


def drop_linked_titles(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Drop the titles of other articles: lines that are a link and look like a headline, in any language.

    Items of a list are dropped only if it has two or more, all of them are links, and no sentence announces the list.
    """
    doomed: set[int] = set()
    for start, end in _find_item_runs(lines):
        if end - start > 1 and not _is_announced(lines, start) and all(map(_is_linked_item, lines[start:end])):
            doomed.update(range(start, end))
    doomed.update(i for i, line in enumerate(lines) if line.kind is BlockKind.PARAGRAPH and line.linked)
    titles = {i for i in doomed if is_title_like(lines[i]) and _is_title_opening(lines[i].text)}
    return drop_lines(lines, dict.fromkeys(titles, "linked-title"), "drop_linked_titles")


def _is_linked_item(line: Line) -> bool:
    """Return whether an item is a link, or a short label and a link: "Fishing: Why the boats stay in port"."""
    label, colon, title = line.text.partition(":")
    is_label = bool(colon) and count_words(label) <= MAX_LABEL_WORDS
    return line.linked or (is_label and line.link_share * len(line.text) >= MIN_LINK_SHARE * len(title.strip()))


def _is_title_opening(text: str) -> bool:
    """Return whether a linked text can be a title, and not a phrase of a sentence that the markup has split."""
    return count_words(text) >= MIN_TITLE_WORDS and not text[:1].islower() and text[:1] not in "–—-"


def _is_announced(lines: tuple[Line, ...], start: int) -> bool:
    """Return whether a sentence announces the list that begins at an index: "The apps that were blocked are:"."""
    return start > 0 and lines[start - 1].text.endswith((":", "："))


def _find_item_runs(lines: tuple[Line, ...]) -> list[tuple[int, int]]:
    """Return the start and the end of each run of list items."""
    items = [line.kind is BlockKind.LIST_ITEM for line in lines]
    starts = [i for i, is_item in enumerate(items) if is_item and not (i and items[i - 1])]
    return [(start, next((i for i in range(start, len(items)) if not items[i]), len(items))) for start in starts]
