"""The step for cookie and consent notices: it removes whole lines, and sentences from paragraphs."""

from dataclasses import replace
from itertools import takewhile

from cleaning.article import Removal
from cleaning.lines.consent import (
    MIN_FEATURES,
    find_notice_features,
    find_notice_span,
    has_any_consent_word,
    is_consent_button,
    is_prose_beside_notice,
)
from cleaning.lines.line import KnownMetadata, Line, StepResult, drop_lines

MAX_NOTICE_LINES = 4
"""Neighbouring lines that may share one consent notice (a sentence, its purpose, its buttons)."""


def drop_consent_notices(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Drop cookie and consent notices: lines, runs of lines that are a notice together, and sentences of a paragraph.

    Consent managers in the markup have been deleted before. This step is for notices that a site writes as ordinary
    text, and for those in text that another tool scraped.
    """
    if not has_any_consent_word(*(line.text for line in lines)):
        return StepResult(lines)
    features = [find_notice_features(line.text) for line in lines]
    suspected = {i for i, of_line in enumerate(features) if len(of_line) >= MIN_FEATURES}
    for start in range(len(lines)):
        run = list(takewhile(lambda i: features[i], range(start, min(start + MAX_NOTICE_LINES, len(lines)))))
        if len(run) > 1 and len(frozenset().union(*(features[i] for i in run))) >= MIN_FEATURES:
            suspected.update(run)
    # A line with other text beside its notice is kept here, and only the notice is cut out of it below.
    doomed = {i for i in suspected if not is_prose_beside_notice(lines[i].text)}
    # The buttons follow the notice on lines of their own. They are dropped only there: "Accept" alone proves nothing.
    for i in range(1, len(lines)):
        if i - 1 in doomed and is_consent_button(lines[i].text):
            doomed.add(i)
    stripped = drop_lines(lines, dict.fromkeys(doomed, "consent-notice"), "drop_consent_notices")
    kept = [_cut_notice(line) for line in stripped.lines]
    return StepResult(tuple(line for line, _ in kept), stripped.removals + tuple(cut for _, cut in kept if cut))


def _cut_notice(line: Line) -> tuple[Line, Removal | None]:
    """Return a line without the sentences of a notice, and their removal; ``None`` if there is no notice."""
    span = None if line.kept else find_notice_span(line.text)
    if span is None:
        return line, None
    rest = f"{line.text[: span[0]].rstrip()} {line.text[span[1] :].lstrip()}".strip()
    return replace(line, text=rest), Removal(
        "drop_consent_notices", "consent-notice", line.text[span[0] : span[1]].strip()
    )
