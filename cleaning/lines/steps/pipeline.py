"""The steps over the lines that remain of a page: each takes lines and gives lines, and says what it removed.

A line that goes first gives up what it says: editors, authors, credits and so on are harvested before it is dropped.
"""

from dataclasses import replace

from cleaning.article import BlockKind
from cleaning.lines.boilerplate import trim_caches
from cleaning.lines.consent import find_notice_features
from cleaning.lines.datelines import find_opening_reporters
from cleaning.lines.line import KnownMetadata, Line, Step, StepResult
from cleaning.lines.prose import is_prose
from cleaning.lines.steps.body_lines import drop_boilerplate_lines, drop_linked_titles
from cleaning.lines.steps.consent_notices import drop_consent_notices
from cleaning.lines.steps.glued_credits import cut_glued_head, cut_glued_tail
from cleaning.lines.steps.head_lines import drop_head_lines, drop_repeated_title
from cleaning.lines.steps.tail_lines import drop_last_labels, drop_related_titles, drop_signature, drop_tail_lines

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
"""In the order in which they run."""
MAX_REMOVED_SHARE = 0.4
"""Share of a page's characters, or of its prose, that is much to take as boilerplate."""


def strip_lines(lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Run all steps, in their order.

    Where they would take much of the prose, they run again and leave it: a page that the rules misread is flagged
    ``much-removed`` and keeps its sentences. A consent notice is no prose.
    """
    trim_caches()
    result = _add_opening_reporters(run_steps(LINE_STEPS, lines, known))
    if not any(map(_is_article_prose, {removal.text for removal in result.removals})):
        return result
    prose = {line.text for line in lines if _is_article_prose(line.text)}
    lost = prose & {removal.text for removal in result.removals}
    if sum(map(len, lost)) <= MAX_REMOVED_SHARE * sum(map(len, prose)):
        return result
    result = run_steps(LINE_STEPS, tuple(replace(line, kept=line.kept or line.text in prose) for line in lines), known)
    result = _add_opening_reporters(result)
    own = {line.text for line in lines if line.kept}
    as_before = tuple(replace(line, kept=line.text in own) for line in result.lines)
    result = replace(result, lines=as_before, flags=(*result.flags, "much-removed"))
    return _strip_again(result, known) if result.removals else result


def _strip_again(result: StepResult, known: KnownMetadata) -> StepResult:
    """A flagged result, stripped again: without its boilerplate another share of its prose may be too much."""
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
    """What is left, with the reporters that its first paragraph names."""
    first = next((line.text for line in result.lines if line.kind is BlockKind.PARAGRAPH), "")
    names = tuple(("authors", name) for name in find_opening_reporters(first))
    return replace(result, harvest=result.harvest + names) if names else result


def _is_article_prose(text: str) -> bool:
    return is_prose(text) and not find_notice_features(text)


def run_steps(steps: tuple[Step, ...], lines: tuple[Line, ...], known: KnownMetadata) -> StepResult:
    """Run steps one after the other and add up what they say, again until nothing more goes.

    What one step takes may bring together what an earlier one looks for: the two halves of a list around a byline.
    """
    done = StepResult(lines)
    is_done = False
    while not is_done:
        before = len(done.removals)
        for step in steps:
            result = step(done.lines, known)
            done = StepResult(
                result.lines,
                done.removals + result.removals,
                done.harvest + result.harvest,
                done.flags + result.flags,
            )
        is_done = len(done.removals) == before
    return replace(done, flags=tuple(dict.fromkeys(done.flags)))
