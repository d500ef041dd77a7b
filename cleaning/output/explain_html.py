"""Render the explanations of cleaned pages as one HTML page.

The text comes from untrusted sites: everything is escaped, and a Content-Security-Policy forbids scripts and requests.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import Any, Final

from cleaning.article import Article, Removal
from cleaning.output.explain import ExplainedLine, ExplainedPage
from cleaning.output.safe_text import strip_unprintable

PAGE_START: Final = '<!doctype html>\n<meta name="generator" content="cleanwire: what was removed">'
"""The start of each page. It identifies a page of ours that may be overwritten; a page that the user saved may not."""

_LEGEND: Final = (
    "The text of the page in its original order. <del>Struck-out text</del><span class=rule>rule</span> was removed; "
    "the rule and the step that removed it are next to it. Text that was never part of the article is folded."
)
# Fields that are shown elsewhere on the page or are of no use to a reader.
_NOT_LISTED: Final = frozenset(
    {"text", "blocks", "title", "content_hash", "word_count", "language_confidence", "provenance"}
)


def render_page_start() -> str:
    """Return the start of the page: everything before the first explanation.

    The style sheet is inline, so that the file can be moved and opened without a network.
    """
    style = (files("cleaning.output") / "explain.css").read_text("utf-8")
    return (
        f'{PAGE_START}\n<html lang="en"><meta charset="utf-8"><title>What was removed</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<style>\n{style}</style>\n"
    )


def render_article(name: str, explained: ExplainedPage) -> str:
    """Return the explanation of a page that holds an article as an HTML section.

    Args:
        name: the file or URL of the page, for the heading.
        explained: the page, as from :func:`cleaning.output.explain.explain_page`.
    """
    article = explained.cleaned.article
    return "\n".join(
        [
            f'<section lang="{_escape_text(article.language)}">',
            f"<header><p class=source lang=en>{_escape_text(name)}</p>",
            f"<h1 dir=auto>{_escape_text(article.title or 'No title')}</h1>",
            _render_counts(explained),
            "</header>",
            _render_fields(article),
            f"<p class=legend lang=en>{_LEGEND}</p>",
            *_render_lines(explained.lines),
            *_render_elsewhere(explained.elsewhere),
            "</section>\n",
        ]
    )


def render_rejection(name: str, outcome: str, detail: str) -> str:
    """Return an HTML section for a page that holds no article: its outcome and the reason."""
    return (
        f"<section><header><p class=source>{_escape_text(name)}</p><h1>No article</h1></header>\n"
        f"<p class=outcome><b>{_escape_text(outcome)}</b>: {_escape_text(detail)}</p></section>\n"
    )


def _escape_text(text: str) -> str:
    return escape(strip_unprintable(text))


def _render_counts(explained: ExplainedPage) -> str:
    """Return a list of figures: words kept, removals by rule, and the article's flags."""
    rules = Counter(removal.rule for removal in explained.cleaned.removals)
    flags = [f"<li class=gone>{_escape_text(flag)}</li>" for flag in explained.cleaned.article.flags]
    items = [
        f"<li class=kept><b>{explained.cleaned.article.word_count:,}</b> words kept</li>",
        f"<li class=gone><b>{sum(rules.values())}</b> removed</li>",
        *(f"<li><b>{count}</b> {_escape_text(rule)}</li>" for rule, count in rules.most_common()),
        *flags,
    ]
    return f"<ul class=counts lang=en>{''.join(items)}</ul>"


def _render_fields(article: Article) -> str:
    """Return a table of the article's fields, each with its provenance; an empty string if all are empty."""
    rows = []
    for field in fields(article):
        value = _render_field_value(article, field.name)
        if value and field.name not in _NOT_LISTED:
            rows.append(
                f"<tr><th scope=row lang=en>{field.name.replace('_', ' ')}</th><td dir=auto>{value}</td>"
                f"<td class=from lang=en>{_escape_text(article.provenance.get(field.name, ''))}</td></tr>"
            )
    return f"<table class=fields>{''.join(rows)}</table>" if rows else ""


def _render_field_value(article: Article, name: str) -> str:
    """Return a field's value as HTML; an empty string if it is not known or is part of another field's value."""
    value: Any = getattr(article, name)
    if name.endswith("_precision") or value in (None, "", (), "unknown"):
        return ""
    if isinstance(value, datetime):
        precision = getattr(article, f"{name}_precision")
        length = {"year": 4, "month": 7, "day": 10}.get(precision, 25)
        return _escape_text(value.isoformat(" ")[:length])
    if isinstance(value, tuple):
        return _escape_text(", ".join(map(str, value)))
    return _escape_text({True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value))


def _render_lines(lines: Iterable[ExplainedLine]) -> Iterator[str]:
    """Yield the lines as HTML; each run of lines outside of the article is folded."""
    for is_outside, stretch in groupby(lines, lambda line: line.is_outside):
        rows = [f'<div class="row {line.kind}" dir=auto>{"".join(_render_pieces(line))}</div>' for line in stretch]
        if is_outside:
            count = f"{len(rows)} lines" if len(rows) > 1 else "1 line"
            rows = [f"<details><summary lang=en>{count} outside of the article</summary>", *rows, "</details>"]
        yield from rows


def _render_pieces(line: ExplainedLine) -> Iterator[str]:
    for piece in line.pieces:
        yield _render_removal(piece.removal, piece.text) if piece.removal else _escape_text(piece.text)


def _render_removal(removal: Removal, text: str) -> str:
    step = _escape_text(removal.step.replace("_", " "))
    rule = f"<span class=rule lang=en>{_escape_text(removal.rule)} <small>{step}</small></span>"
    return f"<del>{_escape_text(text.strip())}</del>{rule} "


def _render_elsewhere(removals: Iterable[Removal]) -> Iterator[str]:
    items = [f"<p dir=auto>{_render_removal(removal, removal.text)}</p>" for removal in removals]
    if items:
        yield f"<h2 lang=en>Also removed</h2>{''.join(items)}"
