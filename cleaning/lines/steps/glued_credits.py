"""Credits glued to prose: before the first sentence of the first paragraph, or behind the last one of the last."""

import re
from dataclasses import replace
from functools import cache

from cleaning.article import Removal
from cleaning.lines.boilerplate import harvest_values
from cleaning.lines.consent import is_consent_notice
from cleaning.lines.line import Known, Line, Stripped
from cleaning.lines.normalization import tidy
from cleaning.lines.prose import count_words, is_reported
from cleaning.lines.rule_loader import Rule, line_rules
from cleaning.lines.rule_matcher import read_line, read_opening

GLUED_TAIL = 400
"""Characters at the end of the last paragraph in which credits may be glued to it."""

_SENTENCE_BREAK = re.compile(
    r"[.!?…]['\"”’»)\]]*\s+|[。！？][”’」』）]*\s*|\s[|•·–—]\s"
    r"|(?<=[^\W\d_A-ZÀ-ÖØ-ÞА-Я])[.!?](?=[A-ZÀ-ÖØ-ÞА-Я][^\W\d_])"  # a bad scrape: "… the engineer.Follow us on"
)


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
    return Stripped((replace(first, text=rest), *lines[1:]), (removal,), harvest_values(readings))


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
        return Stripped((*lines[:-1], kept), tuple(removals), harvest_values(readings))
    return Stripped(lines)


def _sentence_starts(text: str) -> list[int]:
    """Where sentences begin in the last stretch of a text, but not its own beginning."""
    floor = max(1, len(text) - GLUED_TAIL)
    return [m.end() for m in _SENTENCE_BREAK.finditer(text) if m.end() >= floor]


@cache
def _glued_rules(place: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in line_rules() if place in rule.glued)
