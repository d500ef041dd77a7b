"""The steps over the lines that remain of a page: each takes lines and gives lines, and says what it removed.

A line that goes first gives up what it says: editors, authors, credits and so on are harvested before it is dropped.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import takewhile

from cleaning.article import BlockKind, Removal
from cleaning.lines.consent import (
    ENOUGH,
    is_button,
    is_consent_notice,
    is_prose_beside_notice,
    notice_features,
    notice_span,
    one_mentions_consent,
)
from cleaning.lines.datelines import opening_names
from cleaning.lines.patterns import requests
from cleaning.lines.people import people_of
from cleaning.lines.person_names import is_outlet, name_list
from cleaning.lines.prose import count_words, is_prose, is_reported, letters
from cleaning.lines.rules import (
    MAX_LINE,
    Reading,
    Rule,
    bare,
    line_rules,
    read_line,
    read_opening,
    rules_that_begin,
    tidy,
)

NOTICE_LINES = 4
"""Neighbouring lines that may share one consent notice (a sentence, its purpose, its buttons)."""
MUCH = 0.4
"""Share of a page's characters, or of its prose, that is much to take as boilerplate."""
HEAD_PROSE = 2
"""The head ends where the second line of prose begins."""
SHORT_WORDS = 24
"""Words that a line without an end of sentence has at most to be a title or a label."""
SHORTEST_TITLE = 6
"""Letters and digits below which a line that equals the headline may be a coincidence."""
TITLE_MOST = 12
"""Words of a line that only asks the reader for something of the site's."""
TITLE_WORDS = 4
"""Words that a linked line has at least to be another article's title; a shorter one may be a name in a list."""
LABELLED_LINK = 0.4
"""Share of a line that is a link from which on a label before it may need no colon: "À lire aussi Que faire des …"."""
LONGEST_NAMES = 160
"""Characters of a line that says nothing but the authors' names, or the site's."""
LABEL_WORDS = 6
LABEL_CHARACTERS = 12
"""Of a label in a script without spaces."""
LAST_LABELS = 3
"""More short lines than these below the last paragraph are a list or a poem."""
GLUED_TAIL = 400
"""Characters at the end of the last paragraph in which credits may be glued to it."""
REMEMBERED = 32_768
"""Lines whose readings are remembered from page to page; within a page all are."""


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


_PEOPLE = frozenset({"authors", "editors", "translators", "contributors"})

Step = Callable[[tuple[Line, ...], Known], Stripped]


def strip_lines(lines: tuple[Line, ...], known: Known) -> Stripped:
    """Run all steps, in their order.

    Where they would take much of the prose, they run again and leave it: a page that the rules misread is flagged
    ``much-removed`` and keeps its sentences. A consent notice is no prose.
    """
    if _begin.cache_info().currsize > REMEMBERED:
        _begin.cache_clear()
        _read_by.cache_clear()
    result = _with_opening(run_steps(LINE_STEPS, lines, known))
    if not any(map(_is_news, {removal.text for removal in result.removals})):
        return result
    prose = {line.text for line in lines if _is_news(line.text)}
    lost = prose & {removal.text for removal in result.removals}
    if sum(map(len, lost)) <= MUCH * sum(map(len, prose)):
        return result
    result = run_steps(LINE_STEPS, tuple(replace(line, kept=line.kept or line.text in prose) for line in lines), known)
    result = _with_opening(result)
    own = {line.text for line in lines if line.kept}
    as_before = tuple(replace(line, kept=line.text in own) for line in result.lines)
    result = replace(result, lines=as_before, flags=(*result.flags, "much-removed"))
    return _stripped_further(result, known) if result.removals else result


def _stripped_further(result: Stripped, known: Known) -> Stripped:
    """A flagged result, stripped again: without its boilerplate another share of its prose may be too much."""
    rest = strip_lines(result.lines, known)
    if not rest.removals:
        return result
    return Stripped(
        rest.lines,
        result.removals + rest.removals,
        result.harvest + rest.harvest,
        tuple(dict.fromkeys(result.flags + rest.flags)),
    )


def _with_opening(result: Stripped) -> Stripped:
    """What is left, with the reporters that its first paragraph names."""
    first = next((line.text for line in result.lines if line.kind is BlockKind.PARAGRAPH), "")
    names = tuple(("authors", name) for name in opening_names(first))
    return replace(result, harvest=result.harvest + names) if names else result


def _is_news(text: str) -> bool:
    return is_prose(text) and not notice_features(text)


def run_steps(steps: tuple[Step, ...], lines: tuple[Line, ...], known: Known) -> Stripped:
    """Run steps one after the other and add up what they say, again until nothing more goes.

    What one step takes may bring together what an earlier one looks for: the two halves of a list around a byline.
    """
    done = Stripped(lines)
    is_done = False
    while not is_done:
        before = len(done.removals)
        for step in steps:
            result = step(done.lines, known)
            done = Stripped(
                result.lines,
                done.removals + result.removals,
                done.harvest + result.harvest,
                done.flags + result.flags,
            )
        is_done = len(done.removals) == before
    return replace(done, flags=tuple(dict.fromkeys(done.flags)))


def drop_repeated_title(lines: tuple[Line, ...], known: Known) -> Stripped:
    """Drop the headline where it stands again among the first lines."""
    wanted = folded(known.title or "")
    if len(wanted) < SHORTEST_TITLE:
        return Stripped(lines)
    doomed = {i for i, line in enumerate(lines[:4]) if folded(line.text) == wanted}
    return _without(lines, dict.fromkeys(doomed, "title"), "drop_repeated_title")


def drop_consent_notices(lines: tuple[Line, ...], known: Known) -> Stripped:
    """Drop cookie and consent notices: lines, runs of short lines that make one together, sentences in a paragraph."""
    if not one_mentions_consent(*(line.text for line in lines)):
        return Stripped(lines)
    features = [notice_features(line.text) for line in lines]
    suspected = {i for i, of_line in enumerate(features) if len(of_line) >= ENOUGH}
    for start in range(len(lines)):
        run = list(takewhile(lambda i: features[i], range(start, min(start + NOTICE_LINES, len(lines)))))
        if len(run) > 1 and len(frozenset().union(*(features[i] for i in run))) >= ENOUGH:
            suspected.update(run)
    doomed = {i for i in suspected if not is_prose_beside_notice(lines[i].text)}
    for i in range(1, len(lines)):
        if i - 1 in doomed and is_button(lines[i].text):
            doomed.add(i)
    stripped = _without(lines, dict.fromkeys(doomed, "consent-notice"), "drop_consent_notices")
    kept = [_cut_notice(line) for line in stripped.lines]
    return Stripped(tuple(line for line, _ in kept), stripped.removals + tuple(cut for _, cut in kept if cut))


def _cut_notice(line: Line) -> tuple[Line, Removal | None]:
    """A line without the sentences in it that are a notice."""
    span = None if line.kept else notice_span(line.text)
    if span is None:
        return line, None
    rest = f"{line.text[: span[0]].rstrip()} {line.text[span[1] :].lstrip()}".strip()
    return replace(line, text=rest), Removal(
        "drop_consent_notices", "consent-notice", line.text[span[0] : span[1]].strip()
    )


def drop_related_titles(lines: tuple[Line, ...], known: Known) -> Stripped:
    """Drop what ends a page: a heading such as "Related posts", with the titles below it."""
    end = next((i for i in reversed(range(len(lines))) if not _may_end_page(lines[i], known)), 0)
    for i in range(end, len(lines)):
        found = read_as_boilerplate(lines[i], known, ("anywhere", "tail"))
        if any(reading.rule.ends for reading in found):
            return _without(lines, dict.fromkeys(range(i, len(lines)), found[0].rule.id), "drop_related_titles")
    return Stripped(lines)


def _may_end_page(line: Line, known: Known) -> bool:
    return _is_title_like(line) or bool(read_as_boilerplate(line, known, ("anywhere", "edge", "tail")))


def drop_boilerplate_lines(lines: tuple[Line, ...], known: Known) -> Stripped:
    """Drop the lines that are boilerplate wherever they stand."""
    listed = {i for start, end in _runs_of_items(lines) if _is_announced(lines, start) for i in range(start, end)}
    readings = {
        i: found
        for i, line in enumerate(lines)
        if i not in listed and (found := read_as_boilerplate(line, known, ("anywhere",)))
    }
    in_box = {i for i in range(1, len(lines) - 1) if i not in readings and _is_in_box(lines, i, readings)}
    readings |= {i: readings[i - 1][:1] for i in in_box}
    return _read_out(lines, readings, "drop_boilerplate_lines")


def _is_in_box(lines: tuple[Line, ...], i: int, readings: dict[int, tuple[Reading, ...]]) -> bool:
    """Whether a line is a label between two prompts: "Sign up for …", "News from the plateau", "No spam."."""
    around = (readings.get(i - 1, ()), readings.get(i + 1, ()))
    return all(found and all(one.rule.box for one in found) for found in around) and _is_title_like(lines[i])


def drop_linked_titles(lines: tuple[Line, ...], known: Known) -> Stripped:
    """Drop lines that are a link and read as a headline: other articles' titles, in whatever language.

    A list counts as a whole: two linked items or more and no other, and no sentence that announces it.
    """
    doomed: set[int] = set()
    for start, end in _runs_of_items(lines):
        if end - start > 1 and not _is_announced(lines, start) and all(line.linked for line in lines[start:end]):
            doomed.update(range(start, end))
    doomed.update(i for i, line in enumerate(lines) if line.kind is BlockKind.PARAGRAPH and line.linked)
    titles = {i for i in doomed if _is_title_like(lines[i]) and _opens_as_title(lines[i].text)}
    return _without(lines, dict.fromkeys(titles, "linked-title"), "drop_linked_titles")


def _is_announced(lines: tuple[Line, ...], start: int) -> bool:
    """Whether a sentence announces the list that begins there: "The apps that were blocked are:"."""
    return start > 0 and lines[start - 1].text.endswith((":", "："))


def _opens_as_title(text: str) -> bool:
    """Whether a linked text can be a title and no phrase of a sentence that the markup has split."""
    return count_words(text) >= TITLE_WORDS and not text[:1].islower() and text[:1] not in "–—-"


def _runs_of_items(lines: tuple[Line, ...]) -> list[tuple[int, int]]:
    """Where runs of list items begin and end."""
    items = [line.kind is BlockKind.LIST_ITEM for line in lines]
    starts = [i for i, is_item in enumerate(items) if is_item and not (i and items[i - 1])]
    return [(start, next((i for i in range(start, len(items)) if not items[i]), len(items))) for start in starts]


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
    return _read_out(lines, readings, "drop_head_lines")


def drop_signature(lines: tuple[Line, ...], known: Known) -> Stripped:
    """Drop the author's name in brackets that ends a Japanese or a Chinese article: 【桐谷紗季】."""
    match = _SIGNATURE.fullmatch(lines[-1].text) if lines else None
    if match is None or len(lines) == 1:
        return Stripped(lines)
    dropped = _without(lines, {len(lines) - 1: "byline"}, "drop_signature")
    return replace(dropped, harvest=(("authors", match["name"]),) if dropped.removals else ())


_SIGNATURE = re.compile(
    r"[【［\[(（](?P<name>[\u3400-\u9fff々\u30a0-\u30ff]{3,6}"  # a name in one, or in two parts
    r"|[\u3400-\u9fff々]{1,3}[ \u3000・][\u3040-\u9fff]{1,4})[】］\])）]"
)


def drop_tail_lines(lines: tuple[Line, ...], known: Known) -> Stripped:
    """Drop credits, bios, tags and the like below the last line of prose, from the bottom up."""
    readings: dict[int, tuple[Reading, ...]] = {}
    for i in reversed(range(len(lines))):
        found = read_as_boilerplate(lines[i], known, ("anywhere", "edge", "tail"))
        if found:
            readings[i] = found
        elif not _is_title_like(lines[i]):
            break
    return _read_out(lines, readings, "drop_tail_lines")


def drop_last_labels(lines: tuple[Line, ...], known: Known) -> Stripped:
    """Drop up to three labels that end a page of prose: "Most read", "Обсудить", in whatever language.

    An article ends with a sentence. A name may be a signature, a number a result, an item belongs to its list: these
    stay.
    """
    first = len(lines)
    while first and len(lines) - first <= LAST_LABELS and _is_label(lines[first - 1]):
        first -= 1
    if not 0 < len(lines) - first <= LAST_LABELS or not first or not is_prose(lines[first - 1].text):
        return Stripped(lines)
    labels = [line.text for line in lines[first:] if not line.linked and line.text.istitle()]
    outlets = tuple(("credits", label) for label in labels if is_outlet(label))
    dropped = _without(lines, dict.fromkeys(range(first, len(lines)), "last-label"), "drop_last_labels")
    return replace(dropped, harvest=outlets)


def _is_label(line: Line) -> bool:
    """Whether a line is a few words that end no sentence, and no item, name or number."""
    text = line.text
    is_text = not line.kept and line.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING) and text[0] not in '–—-(*"“«„'
    is_short = len(text.split()) <= LABEL_WORDS and count_words(text) <= LABEL_CHARACTERS
    ends = text[-1].isalnum() or text[-1] in ":›»>→" or unicodedata.category(text[-1]).startswith("M")
    is_name = " " in text and text != text.lower() and not line.linked and bool(name_list(text))
    return is_text and is_short and ends and not is_name and "://" not in text and not any(map(str.isdigit, text))


def cut_glued_head(lines: tuple[Line, ...], known: Known) -> Stripped:
    """Cut credits off the opening of the first paragraph: "Edited By Ali Musa Axadle International–Monitoring. …"."""
    if not lines or lines[0].kept or len(lines[0].text) < 40:
        return Stripped(lines)
    first = lines[0]
    text = tidy(first.text)
    readings = read_opening(text, _glued_rules("head"))
    if not readings:
        return Stripped(lines)
    end = readings[-1].end
    rest = first.text[end:].lstrip(" .;|·•-–—:)")
    if count_words(rest) < 3 or rest[:1].islower():
        return Stripped(lines)
    removal = Removal("cut_glued_head", readings[0].rule.id, first.text[: len(first.text) - len(rest)].strip())
    return Stripped((replace(first, text=rest), *lines[1:]), (removal,), _harvest(readings))


def cut_glued_tail(lines: tuple[Line, ...], known: Known) -> Stripped:
    """Cut credits off the ending of the last paragraph, at the first sentence from which on all is boilerplate."""
    if not lines or lines[-1].kept:
        return Stripped(lines)
    last = lines[-1]
    for start in _sentence_starts(last.text):
        rest = last.text[start:]
        readings = () if is_reported(rest) else read_line(tidy(rest), _glued_rules("tail"))
        notice = ""
        if not readings:
            readings = read_opening(tidy(rest), _glued_rules("tail"))
            notice = rest[readings[-1].end :] if readings else rest
            if not is_consent_notice(notice):
                continue
        credit = rest.removesuffix(notice).strip()
        kept = replace(last, text=last.text[:start].rstrip())
        removals = [Removal("cut_glued_tail", readings[0].rule.id, credit)] if credit else []
        removals += [Removal("cut_glued_tail", "consent-notice", notice.strip())] if notice else []
        return Stripped((*lines[:-1], kept), tuple(removals), _harvest(readings))
    return Stripped(lines)


def read_as_boilerplate(line: Line, known: Known, zones: tuple[str, ...]) -> tuple[Reading, ...]:
    """How a line reads as boilerplate, by the rules of some zones; empty where it does not."""
    if line.kept or len(line.text) > MAX_LINE:
        return ()
    readings = _read(line.text, (*zones, "linked") if line.linked or line.link_share >= LABELLED_LINK else zones)
    if readings and not all(reading.field for reading in readings) and is_reported(line.text, quote_words=2):
        return ()
    if readings:
        return readings
    if known.site_name and _asks_for(known.site_name, line.text):
        return (Reading(_rule("prompt"), len(line.text), None),)
    return _read_as_known(line, known) if "edge" in zones else ()


def _asks_for(site_name: str, text: str) -> bool:
    """Whether a text is a short request that names the site: "Sign up for The Chalk Letter"."""
    return site_name in text and not _SENTENCE_MARK.search(text) and count_words(text) <= TITLE_MOST and requests(text)


_SENTENCE_BREAK = re.compile(
    r"[.!?…]['\"”’»)\]]*\s+|[。！？][”’」』）]*\s*|\s[|•·–—]\s"
    r"|(?<=[^\W\d_A-ZÀ-ÖØ-ÞА-Я])[.!?](?=[A-ZÀ-ÖØ-ÞА-Я][^\W\d_])"  # a bad scrape: "… the engineer.Follow us on"
)
_SENTENCE_MARK = re.compile(r"[.!?…。！？\"”»]$")


def _read(text: str, zones: tuple[str, ...]) -> tuple[Reading, ...]:
    """The steps ask about the same line several times, and most lines no rule can begin to read."""
    begin = _begin(text)
    return _read_by(text, _rules_of(zones)) if begin and any(rule.zone in zones for rule in begin) else ()


@cache
def _begin(text: str) -> tuple[Rule, ...]:
    return rules_that_begin(bare(tidy(text)))


@cache
def _read_by(text: str, rules: tuple[Rule, ...]) -> tuple[Reading, ...]:
    return read_line(tidy(text), rules)


def _read_as_known(line: Line, known: Known) -> tuple[Reading, ...]:
    """A line that says again what is known: an author's name, or the site's."""
    if len(line.text) > LONGEST_NAMES:
        return ()
    names = {folded(name) for name in known.authors}
    parts = name_list(line.text)
    if parts and all(folded(part) in names for part in parts):
        return (Reading(_rule("byline"), len(line.text), line.text, "authors"),)
    if known.site_name and folded(line.text) == folded(known.site_name):
        return (Reading(_rule("source"), len(line.text), line.text, "credits"),)
    return ()


def _is_title_like(line: Line) -> bool:
    """Whether a line may be a headline or a label: short, and no sentence."""
    return not is_prose(line.text) and not _SENTENCE_MARK.search(line.text) and count_words(line.text) <= SHORT_WORDS


def _sentence_starts(text: str) -> list[int]:
    """Where sentences begin in the last stretch of a text, but not its own beginning."""
    floor = max(1, len(text) - GLUED_TAIL)
    return [m.end() for m in _SENTENCE_BREAK.finditer(text) if m.end() >= floor]


def _read_out(lines: tuple[Line, ...], readings: dict[int, tuple[Reading, ...]], step: str) -> Stripped:
    stripped = _without(lines, {i: found[0].rule.id for i, found in readings.items()}, step)
    harvest = tuple(pair for i in sorted(readings) for pair in _harvest(readings[i]))
    flags = tuple(sorted({r.rule.flag for found in readings.values() for r in found if r.rule.flag}))
    return replace(stripped, harvest=harvest, flags=flags)


def _without(lines: tuple[Line, ...], doomed: dict[int, str], step: str) -> Stripped:
    doomed = {i: rule for i, rule in doomed.items() if not lines[i].kept}
    if not doomed:
        return Stripped(lines)
    kept = tuple(line for i, line in enumerate(lines) if i not in doomed)
    return Stripped(kept, tuple(Removal(step, doomed[i], lines[i].text) for i in sorted(doomed)))


def _harvest(readings: tuple[Reading, ...]) -> tuple[tuple[str, str], ...]:
    """The values that readings give."""
    said = ((reading.field, reading.value) for reading in readings)
    return tuple(pair for field, value in said if field and value for pair in people_or_value(field, value))


def people_or_value(field: str, value: str) -> tuple[tuple[str, str], ...]:
    """A field with its value: names one by one, outlets and photo credits as they stand."""
    if field not in _PEOPLE:
        return ((field, value.strip(" .()[]")),)
    return tuple((field, name) for name in people_of(value))


def folded(text: str) -> str:
    """Letters and digits of a text, without case and accents: for comparing, never for showing."""
    return letters(unicodedata.normalize("NFKD", text.casefold()))


@cache
def _rules_of(zones: tuple[str, ...]) -> tuple[Rule, ...]:
    return tuple(rule for rule in line_rules() if rule.zone in zones)


@cache
def _glued_rules(place: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in line_rules() if place in rule.glued)


@cache
def _rule(rule_id: str) -> Rule:
    return next(rule for rule in line_rules() if rule.id == rule_id)


LINE_STEPS: tuple[Step, ...] = (
    drop_consent_notices,
    drop_related_titles,
    drop_boilerplate_lines,
    drop_linked_titles,
    drop_head_lines,
    drop_repeated_title,
    drop_tail_lines,
    drop_signature,
    drop_last_labels,
    cut_glued_head,
    cut_glued_tail,
)
