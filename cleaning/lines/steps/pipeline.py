"""The line steps, and their order: each takes the lines of a page, and returns those that are kept.

Before a line is dropped, the values in it are harvested: authors, editors, credits, dates. Every removal is recorded
with its step and its rule.
"""

from dataclasses import replace

from cleaning.article import BlockKind
from cleaning.lines.boilerplate import trim_caches
from cleaning.lines.consent import find_notice_features
from cleaning.lines.datelines import find_opening_reporters
from cleaning.lines.line import KnownMetadata, Line, Step, StepResult
from cleaning.lines.prose import is_prose
from cleaning.lines.steps.body_lines import drop_boilerplate_lines, drop_linked_titles
from cleaning.lines.steps.classified_lines import drop_classified_lines
from cleaning.lines.steps.consent_notices import drop_consent_notices
from cleaning.lines.steps.glued_credits import cut_glued_head, cut_glued_tail
from cleaning.lines.steps.head_lines import drop_head_lines, drop_repeated_title
from cleaning.lines.steps.tail_lines import drop_last_labels, drop_related_titles, drop_signature, drop_tail_lines

# Each step works on what the previous ones left. Glued credits come last: only when the lines around the article are
# gone are its first and its last paragraph the first and the last line.
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
    drop_classified_lines,
    cut_glued_head,
    cut_glued_tail,
)
"""The steps in the order in which they run."""
MAX_REMOVED_SHARE = 0.4
"""Share of the characters of a page, or of its prose, above which the removals are too many to be trusted."""


def strip_lines(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Remove boilerplate from the lines of a page, by all steps.

    If the steps would remove much of the prose, they run again and must keep it: a page that the rules misread keeps
    its sentences, and is flagged ``much-removed``.

    Args:
        lines: the lines of the main content, with the credits around it.
        known: the metadata that the page declares.

    >>> result = strip_lines((Line("The ferry sailed at noon."), Line("Edited by: Ali Musa")), KnownMetadata())
    >>> [line.text for line in result.lines], result.harvest
    (['The ferry sailed at noon.'], (('editors', 'Ali Musa'),))
    """
    trim_caches()
    result = _add_opening_reporters(run_steps(LINE_STEPS, lines, known))
    if not any(map(_is_article_prose, {removal.text for removal in result.removals})):
        return result
    # Only whole lines of prose count as lost, and a consent notice is not prose, however many sentences it has.
    prose = {line.text for line in lines if _is_article_prose(line.text)}
    lost = prose & {removal.text for removal in result.removals}
    if sum(map(len, lost)) <= MAX_REMOVED_SHARE * sum(map(len, prose)):
        return result
    result = run_steps(LINE_STEPS, tuple(replace(line, kept=line.kept or line.text in prose) for line in lines), known)
    result = _add_opening_reporters(result)
    # The mark on prose was for the second run only; lines that the user's rules keep stay marked.
    kept_by_user = {line.text for line in lines if line.kept}
    unmarked = tuple(replace(line, kept=line.text in kept_by_user) for line in result.lines)
    result = replace(result, lines=unmarked, flags=(*result.flags, "much-removed"))
    return _strip_again(result, known) if result.removals else result


def _strip_again(result: StepResult, known: KnownMetadata) -> StepResult:
    """Strip a flagged result once more.

    Without its boilerplate, other steps may apply, or another share of the prose may be too much. Repeating this until
    nothing changes makes cleaning idempotent: a cleaned text that is cleaned again stays as it is.
    """
    rest = strip_lines(result.lines, known)
    if not rest.removals:
        return result
    return StepResult(
        rest.lines,
        result.removals + rest.removals,
        result.harvest + rest.harvest,
        tuple(dict.fromkeys(result.flags + rest.flags)),
    )


def _add_opening_reporters(result: StepResult) -> StepResult:
    """Add the reporters that the first paragraph names to the harvest; the paragraph is not changed."""
    first = next((line.text for line in result.lines if line.kind is BlockKind.PARAGRAPH), "")
    names = tuple(("authors", name) for name in find_opening_reporters(first))
    return replace(result, harvest=result.harvest + names) if names else result


def _is_article_prose(text: str) -> bool:
    return is_prose(text) and not find_notice_features(text)


def run_steps(steps: tuple[Step, ...], lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Run steps one after the other, again and again until a round removes nothing, and collect their results.

    One round is not enough: a removal can make lines neighbours that an earlier step removes together, such as the two
    halves of a list around a byline.
    """
    total = StepResult(lines)
    is_done = False
    while not is_done:
        before = len(total.removals)
        for step in steps:
            result = step(total.lines, known)
            total = StepResult(
                result.lines,
                total.removals + result.removals,
                total.harvest + result.harvest,
                total.flags + result.flags,
            )
        is_done = len(total.removals) == before
    return replace(total, flags=tuple(dict.fromkeys(total.flags)))
