"""Steps for boilerplate above the article: its headline again, bylines, dates, photo credits."""

from cleaning.lines.boilerplate import drop_and_harvest, match_boilerplate
from cleaning.lines.line import KnownMetadata, Line, StepResult, drop_lines
from cleaning.lines.normalization import fold_text
from cleaning.lines.prose import is_prose
from cleaning.lines.rule_matcher import RuleMatch

HEAD_PROSE_LINES = 2
"""The head ends at this line of prose: the first one may be a lead above the byline."""
MIN_TITLE_LETTERS = 6
"""Letters and digits of a headline below which a line that equals it may be a coincidence."""


def drop_head_lines(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Drop bylines, dates, photo credits and the like above the second line of prose.

    Lines between them that are neither boilerplate nor prose, such as a subheading, are kept.
    """
    matches_by_index: dict[int, tuple[RuleMatch, ...]] = {}
    prose_lines = 0
    for i, line in enumerate(lines):
        matches = match_boilerplate(line, known, ("anywhere", "edge", "head"))
        if matches:
            matches_by_index[i] = matches
        elif is_prose(line.text):
            prose_lines += 1
            if prose_lines == HEAD_PROSE_LINES:
                break
    return drop_and_harvest(lines, matches_by_index, "drop_head_lines")


def drop_repeated_title(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Drop the headline if it is repeated among the first four lines.

    Case, accents and punctuation are ignored in the comparison.
    """
    headline = fold_text(known.title or "")
    if len(headline) < MIN_TITLE_LETTERS:
        return StepResult(lines)
    doomed = {i for i, line in enumerate(lines[:4]) if fold_text(line.text) == headline}
    return drop_lines(lines, dict.fromkeys(doomed, "title"), "drop_repeated_title")
