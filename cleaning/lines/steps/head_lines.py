"""What stands above the article: its title again, bylines, stamps, photo credits."""

from cleaning.lines.boilerplate import drop_and_harvest, match_boilerplate
from cleaning.lines.line import KnownMetadata, Line, StepResult, drop_lines
from cleaning.lines.normalization import fold_text
from cleaning.lines.prose import is_prose
from cleaning.lines.rule_matcher import RuleMatch

HEAD_PROSE_LINES = 2
"""The head ends where the second line of prose begins."""
MIN_TITLE_LETTERS = 6
"""Letters and digits below which a line that equals the headline may be a coincidence."""


def drop_head_lines(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Drop bylines, stamps, photo credits and the like above the second line of prose."""
    readings: dict[int, tuple[RuleMatch, ...]] = {}
    prose_seen = 0
    for i, line in enumerate(lines):
        found = match_boilerplate(line, known, ("anywhere", "edge", "head"))
        if found:
            readings[i] = found
        elif is_prose(line.text):
            prose_seen += 1
            if prose_seen == HEAD_PROSE_LINES:
                break
    return drop_and_harvest(lines, readings, "drop_head_lines")


def drop_repeated_title(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Drop the headline where it stands again among the first lines."""
    wanted = fold_text(known.title or "")
    if len(wanted) < MIN_TITLE_LETTERS:
        return StepResult(lines)
    doomed = {i for i, line in enumerate(lines[:4]) if fold_text(line.text) == wanted}
    return drop_lines(lines, dict.fromkeys(doomed, "title"), "drop_repeated_title")
