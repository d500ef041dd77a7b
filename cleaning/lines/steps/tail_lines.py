"""Steps for boilerplate below the article: related titles, credits, bios, tags, signatures, labels."""

import re
import unicodedata
from dataclasses import replace

from cleaning.article import BlockKind
from cleaning.lines.boilerplate import drop_and_harvest, harvest_pattern, is_title_like, match_boilerplate
from cleaning.lines.line import KnownMetadata, Line, StepResult, drop_lines
from cleaning.lines.patterns import read_known_credit
from cleaning.lines.person_names import is_outlet, parse_names
from cleaning.lines.prose import count_words, is_prose
from cleaning.lines.rule_matcher import RuleMatch

MAX_LABEL_WORDS = 6
"""Words that a label has at most."""
MAX_LABEL_CHARACTERS = 12
"""Characters that a label has at most in a script without spaces."""
MAX_LAST_LABELS = 3
"""Labels below the last paragraph; more short lines are a list or a poem."""


def drop_related_titles(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Drop the end of a page from a heading such as "Related posts" on, with the titles of other articles below it.

    The heading is searched only behind the last line of the article that is neither a title nor boilerplate.
    """
    end = next((i for i in reversed(range(len(lines))) if not _is_page_ending(lines[i], known)), 0)
    for i in range(end, len(lines)):
        matches = match_boilerplate(lines[i], known, ("anywhere", "tail"))
        if any(match.rule.ends for match in matches):
            return drop_lines(lines, dict.fromkeys(range(i, len(lines)), matches[0].rule.id), "drop_related_titles")
    return StepResult(lines)


def _is_page_ending(line: Line, known: KnownMetadata) -> bool:
    """Return whether a line may be below the article: it looks like a title, or is boilerplate there."""
    return is_title_like(line) or bool(match_boilerplate(line, known, ("anywhere", "edge", "tail")))


def drop_tail_lines(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Drop credits, bios, tags and the like below the last line of prose.

    It goes from the bottom up, past lines that look like labels or titles, which are kept here.
    """
    matches_by_index: dict[int, tuple[RuleMatch, ...]] = {}
    for i in reversed(range(len(lines))):
        matches = match_boilerplate(lines[i], known, ("anywhere", "edge", "tail"))
        if matches:
            matches_by_index[i] = matches
        elif not is_title_like(lines[i]):
            # A short sentence such as "The trial resumes on Monday." is a genuine ending.
            break
    return drop_and_harvest(lines, matches_by_index, "drop_tail_lines")


_SIGNATURE = re.compile(
    r"[【［\[(（](?P<name>[\u3400-\u9fff々\u30a0-\u30ff]{3,6}"  # a name in one, or in two parts
    r"|[\u3400-\u9fff々]{1,3}[ \u3000・][\u3040-\u9fff]{1,4})[】］\])）]"
)


def drop_signature(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Drop the author's name in brackets that ends a Japanese or Chinese article: 【桐谷紗季】.

    The name is harvested as an author.
    """
    match = _SIGNATURE.fullmatch(lines[-1].text) if lines else None
    if match is None or len(lines) == 1:
        return StepResult(lines)
    dropped = drop_lines(lines, {len(lines) - 1: "byline"}, "drop_signature")
    return replace(dropped, harvest=(("authors", match["name"]),) if dropped.removals else ())


def drop_last_labels(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Drop up to three labels below the last sentence, such as "Most read" or "Обсудить", in any language.

    An article ends with a sentence, so that a label below it belongs to the page. Names, numbers and items are kept:
    they may be a signature, a result, or the end of a list. An outlet, and a role with its names, are harvested.
    """
    first = len(lines)
    while first and len(lines) - first <= MAX_LAST_LABELS and _is_label(lines[first - 1]):
        first -= 1
    if not 0 < len(lines) - first <= MAX_LAST_LABELS or not first or not is_prose(lines[first - 1].text):
        return StepResult(lines)
    labels = [line.text for line in lines[first:] if not line.linked and line.text.istitle()]
    outlets = tuple(("credits", label) for label in labels if is_outlet(label))
    matches = (read_known_credit(line.text) for line in lines[first:] if not line.linked)
    people = tuple(pair for match in matches if match for pair in harvest_pattern(match))
    dropped = drop_lines(lines, dict.fromkeys(range(first, len(lines)), "last-label"), "drop_last_labels")
    return replace(dropped, harvest=people or outlets)


def _is_label(line: Line) -> bool:
    """Return whether a line is a few words that do not end a sentence, and not an item, a name or a number."""
    text = line.text
    # A dash, bracket, asterisk or quotation mark at the beginning makes a line a signature, a note or a quotation.
    is_text = not line.kept and line.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING) and text[0] not in '–—-(*"“«„'
    is_short = len(text.split()) <= MAX_LABEL_WORDS and count_words(text) <= MAX_LABEL_CHARACTERS
    ends = text[-1].isalnum() or text[-1] in ":›»>→" or unicodedata.category(text[-1]).startswith("M")
    is_name = " " in text and text != text.lower() and not line.linked and bool(parse_names(text))
    return is_text and is_short and ends and not is_name and "://" not in text and not any(map(str.isdigit, text))
