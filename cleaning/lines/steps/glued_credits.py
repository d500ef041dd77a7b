"""Credits glued to prose: before the first sentence of the first paragraph, or behind the last one of the last."""

import re
from dataclasses import replace
from functools import cache

from cleaning.article import Removal
from cleaning.lines.boilerplate import harvest_values
from cleaning.lines.consent import is_consent_notice
from cleaning.lines.line import KnownMetadata, Line, StepResult
from cleaning.lines.normalization import normalize_punctuation
from cleaning.lines.prose import count_words, has_reported_speech
from cleaning.lines.rule_loader import Rule, load_line_rules
from cleaning.lines.rule_matcher import match_line, match_opening

GLUED_TAIL_CHARACTERS = 400
"""Characters at the end of the last paragraph in which credits may be glued to it."""

_SENTENCE_BREAK = re.compile(
    r"[.!?…]['\"”’»)\]]*\s+|[。！？][”’」』）]*\s*|\s[|•·–—]\s"
    r"|(?<=[^\W\d_A-ZÀ-ÖØ-ÞА-Я])[.!?](?=[A-ZÀ-ÖØ-ÞА-Я][^\W\d_])"  # a bad scrape: "… the engineer.Follow us on"
)


def cut_glued_head(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Cut credits off the opening of the first paragraph: "Edited By Ali Musa Axadle International–Monitoring. …"."""
    if not lines or lines[0].kept or len(lines[0].text) < 40:
        return StepResult(lines)
    first = lines[0]
    text = normalize_punctuation(first.text)
    readings = match_opening(text, _select_glued_rules("head"))
    if not readings:
        return StepResult(lines)
    end = readings[-1].end
    rest = first.text[end:].lstrip(" .;|·•-–—:)")
    if count_words(rest) < 3 or rest[:1].islower():
        return StepResult(lines)
    removal = Removal("cut_glued_head", readings[0].rule.id, first.text[: len(first.text) - len(rest)].strip())
    return StepResult((replace(first, text=rest), *lines[1:]), (removal,), harvest_values(readings))


def cut_glued_tail(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Cut credits off the ending of the last paragraph, at the first sentence from which on all is boilerplate."""
    if not lines or lines[-1].kept:
        return StepResult(lines)
    last = lines[-1]
    for start in _find_sentence_starts(last.text):
        rest = last.text[start:]
        readings = (
            () if has_reported_speech(rest) else match_line(normalize_punctuation(rest), _select_glued_rules("tail"))
        )
        notice = ""
        if not readings:
            readings = match_opening(normalize_punctuation(rest), _select_glued_rules("tail"))
            notice = rest[readings[-1].end :] if readings else rest
            if not is_consent_notice(notice):
                continue
        credit = rest.removesuffix(notice).strip()
        kept = replace(last, text=last.text[:start].rstrip())
        removals = [Removal("cut_glued_tail", readings[0].rule.id, credit)] if credit else []
        removals += [Removal("cut_glued_tail", "consent-notice", notice.strip())] if notice else []
        return StepResult((*lines[:-1], kept), tuple(removals), harvest_values(readings))
    return StepResult(lines)


def _find_sentence_starts(text: str) -> list[int]:
    """Where sentences begin in the last stretch of a text, but not its own beginning."""
    floor = max(1, len(text) - GLUED_TAIL_CHARACTERS)
    return [m.end() for m in _SENTENCE_BREAK.finditer(text) if m.end() >= floor]


@cache
def _select_glued_rules(place: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in load_line_rules() if place in rule.glued)
