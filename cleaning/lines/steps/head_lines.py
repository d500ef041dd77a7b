"""What stands above the article: its title again, bylines, stamps, photo credits."""

from cleaning.lines.boilerplate import drop_and_harvest, read_as_boilerplate
from cleaning.lines.line import Known, Line, Stripped, drop_lines
from cleaning.lines.normalization import folded
from cleaning.lines.prose import is_prose
from cleaning.lines.rule_matcher import Reading

HEAD_PROSE = 2
"""The head ends where the second line of prose begins."""
SHORTEST_TITLE = 6
"""Letters and digits below which a line that equals the headline may be a coincidence."""


def drop_head_lines(lines: tuple[Line, ...], known: Known) -> Stripped:
    """Drop bylines, stamps, photo credits and the like above the second line of prose."""
    readings: dict[int, tuple[Reading, ...]] = {}
    prose_seen = 0
    for i, line in enumerate(lines):
        found = read_as_boilerplate(line, known, ("anywhere", "edge", "head"))
        if found:
            readings[i] = found
        elif is_prose(line.text):
            prose_seen += 1
            if prose_seen == HEAD_PROSE:
                break
    return drop_and_harvest(lines, readings, "drop_head_lines")


def drop_repeated_title(lines: tuple[Line, ...], known: Known) -> Stripped:
    """Drop the headline where it stands again among the first lines."""
    wanted = folded(known.title or "")
    if len(wanted) < SHORTEST_TITLE:
        return Stripped(lines)
    doomed = {i for i, line in enumerate(lines[:4]) if folded(line.text) == wanted}
    return drop_lines(lines, dict.fromkeys(doomed, "title"), "drop_repeated_title")
