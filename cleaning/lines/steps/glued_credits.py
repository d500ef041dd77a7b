"""Steps for credits that are glued to prose: before the first sentence of an article, or after its last one.

Bad scrapes and careless templates leave no line break between a credit and the paragraph. Only rules with the key
``glued`` apply, since a credit inside a paragraph is harder to tell from prose.
"""

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
"""Characters at the end of the last paragraph that are searched for glued credits."""

# Ends of sentences, Chinese and Japanese ones without a space, and dashes and bars that templates put before credits.
_SENTENCE_BREAK = re.compile(
    r"[.!?…]['\"”’»)\]]*\s+|[。！？][”’」』）]*\s*|\s[|•·–—]\s"
    r"|(?<=[^\W\d_A-ZÀ-ÖØ-ÞА-Я])[.!?](?=[A-ZÀ-ÖØ-ÞА-Я][^\W\d_])"  # a bad scrape: "… the engineer.Follow us on"
)


def cut_glued_head(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Cut credits off the opening of the first paragraph.

    An example is "Edited By Ali Musa Axadle International–Monitoring. Mombasa (AX) – The river rose …".
    """
    # A line of fewer characters has no room for a credit and a sentence.
    if not lines or lines[0].kept or len(lines[0].text) < 40:
        return StepResult(lines)
    first = lines[0]
    text = normalize_punctuation(first.text)
    matches = match_opening(text, _select_glued_rules("head"))
    if not matches:
        return StepResult(lines)
    end = matches[-1].end
    rest = first.text[end:].lstrip(" .;|·•-–—:)")
    # A sentence must follow: a rest in lower case continues the sentence that the credit was taken from.
    if count_words(rest) < 3 or rest[:1].islower():
        return StepResult(lines)
    removal = Removal("cut_glued_head", matches[0].rule.id, first.text[: len(first.text) - len(rest)].strip())
    return StepResult((replace(first, text=rest), *lines[1:]), (removal,), harvest_values(matches))


def cut_glued_tail(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Cut credits off the end of the last paragraph, from the first sentence after which everything is boilerplate.

    A consent notice may follow the credits, or be there without them; it is cut too.
    """
    if not lines or lines[-1].kept:
        return StepResult(lines)
    last = lines[-1]
    for start in _find_sentence_starts(last.text):
        rest = last.text[start:]
        matches = (
            () if has_reported_speech(rest) else match_line(normalize_punctuation(rest), _select_glued_rules("tail"))
        )
        notice = ""
        if not matches:
            matches = match_opening(normalize_punctuation(rest), _select_glued_rules("tail"))
            notice = rest[matches[-1].end :] if matches else rest
            if not is_consent_notice(notice):
                continue
        credit = rest.removesuffix(notice).strip()
        kept = replace(last, text=last.text[:start].rstrip())
        removals = [Removal("cut_glued_tail", matches[0].rule.id, credit)] if credit else []
        removals += [Removal("cut_glued_tail", "consent-notice", notice.strip())] if notice else []
        return StepResult((*lines[:-1], kept), tuple(removals), harvest_values(matches))
    return StepResult(lines)


def _find_sentence_starts(text: str) -> list[int]:
    """Return the starts of the sentences near the end of a text, without the start of the text itself."""
    floor = max(1, len(text) - GLUED_TAIL_CHARACTERS)
    return [m.end() for m in _SENTENCE_BREAK.finditer(text) if m.end() >= floor]


@cache
def _select_glued_rules(place: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in load_line_rules() if place in rule.glued)
