"""The step for boilerplate in wordings that no rule knows: the line model decides, more strictly the riskier it is.

A wrong verdict costs most inside the article, and in long sentences. There the model must be nearly certain, and the
line must also show a sign of boilerplate that the rules' word lists know: a request, a consent word, a product of the
publication.
"""

import re
from functools import lru_cache

from cleaning.article import BlockKind
from cleaning.lines.boilerplate import harvest_pattern, harvest_values, match_boilerplate
from cleaning.lines.consent import find_consent_features
from cleaning.lines.lexicon import has_word, load_words, tokenize
from cleaning.lines.line import KnownMetadata, Line, StepResult, drop_lines
from cleaning.lines.line_model import Verdict, estimate_boilerplate, explain_verdict
from cleaning.lines.normalization import fold_case, fold_text
from cleaning.lines.patterns import has_request, read_known_credit
from cleaning.lines.prose import MAX_CACHED_TEXTS, count_words, has_reported_speech, is_prose

EDGE_THRESHOLD = 0.84
"""Probability from which on a short line above or below the prose goes. On lines of unseen wordings, .81 keeps .995 of
all prose; most of what is lost there are short lines inside articles, which the next threshold is for."""
MIDDLE_THRESHOLD = 0.94
"""The same between paragraphs of prose."""
NOTICE_THRESHOLD = 0.5
"""The same for a line that names cookies and ends with the labels of buttons."""
CREDIT_THRESHOLD = 0.6
"""The same for a line above or below the prose that ends with names and has the word of a role."""
EDGE_LINES = 3
"""Lines at the beginning and at the end of a page that count as its edges even if they read as prose."""
MIN_WORDS = 3
"""Words below which a line is left to the rules: names and subheadings are as short as labels."""
MAX_CHARACTERS = 480
"""Characters from which on a line is never dropped as a whole."""

_KINDS = (BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.LIST_ITEM)
# Up to six words without a stop after the end of a sentence: "… on your device. Accept Reject Options".
_RUN_ON_LABELS = re.compile(r"[.!?…।۔።։。！？]\s*(?:[^\W\d_][^\s.!?:;\d]*(?:\s+|$)){1,6}$")


def drop_classified_lines(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Drop the lines that the line model takes for boilerplate, and harvest what the rules can read in them.

    The rule of a removal names the kind and the words that speak most for it: "model:consent (kakor, webbplats)".
    """
    prose = [i for i, line in enumerate(lines) if is_prose(line.text)]
    if not prose:
        return StepResult(lines)
    first, last = max(prose[0], EDGE_LINES - 1), min(prose[-1], len(lines) - EDGE_LINES)
    title = fold_text(known.title or "")
    doomed = {
        i: line
        for i, line in enumerate(lines)
        if not line.kept and _is_classified(line, is_edge=not first < i < last) and fold_text(line.text) != title
    }
    verdicts = {i: explain_verdict(line.text) for i, line in doomed.items()}
    rules = {i: _name_rule(verdict) for i, verdict in verdicts.items()}
    dropped = drop_lines(lines, rules, "drop_classified_lines")
    harvest = tuple(pair for i, line in doomed.items() for pair in _harvest(line, verdicts[i]))
    return StepResult(dropped.lines, dropped.removals, harvest)


def _is_classified(line: Line, *, is_edge: bool) -> bool:
    """Return whether the model takes a line for boilerplate with the certainty that its place demands."""
    text = line.text
    if line.kind not in _KINDS or len(text) > MAX_CHARACTERS or count_words(text) < MIN_WORDS:
        return False
    # The items of a list are often names and labels, and a subheading may be any words.
    is_edge = is_edge and line.kind is BlockKind.PARAGRAPH
    # Two signs for prose anywhere, one for other lines inside the article.
    needed_signs = 2 if is_prose(text) else 0 if is_edge else 1
    threshold = EDGE_THRESHOLD if is_edge else MIDDLE_THRESHOLD
    if _is_shaped_like_notice(text):
        needed_signs, threshold = 0, NOTICE_THRESHOLD
    elif is_edge and not needed_signs and read_known_credit(text):
        threshold = CREDIT_THRESHOLD
    # The cheapest test that excludes most lines comes first.
    return (
        (not needed_signs or _has_signs(text, needed_signs))
        and estimate_boilerplate(line) >= threshold
        and not has_reported_speech(text, quote_words=MIN_WORDS)
    )


# The steps run at least twice over a page with boilerplate, over the same lines.
@lru_cache(maxsize=MAX_CACHED_TEXTS)
def _is_shaped_like_notice(text: str) -> bool:
    """Return whether a text names cookies, and the labels of buttons follow its last sentence on the same line."""
    low = fold_case(text)
    return any(word in low for word in load_words("cookies", "words")) and bool(_RUN_ON_LABELS.search(text))


@lru_cache(maxsize=MAX_CACHED_TEXTS)
def _has_signs(text: str, needed: int) -> bool:
    """Return whether a text has enough signs of boilerplate: consent words, a product, "our", a request.

    A request is one sign, and takes half of the time to find, so that it is looked for only if it decides.
    """
    words = tokenize(fold_case(text))
    signs = len(find_consent_features(text)) + has_word("thing", words) + has_word("ours", words)
    return signs >= needed or (signs + 1 == needed and has_request(text))


def _name_rule(verdict: Verdict) -> str:
    return f"model:{verdict.kind} ({', '.join(verdict.words)})"


def _harvest(line: Line, verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """Return the values that the rules of any zone read in a line, or else those of a credit in other words."""
    values = harvest_values(match_boilerplate(line, KnownMetadata(), ("anywhere", "edge", "head", "tail")))
    credit = None if values else read_known_credit(line.text)
    return harvest_pattern(credit) if credit else values
