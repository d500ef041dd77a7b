"""The account of cleaned pages as one HTML page to look at: nothing is fetched, nothing runs, everything is escaped."""

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
"""How such a page begins: what tells it from a page that somebody saved."""

_LEGEND: Final = (
    "The page’s text in its own order. <del>Struck out</del><span class=rule>rule</span> is what was removed, with the "
    "rule and the step that did it. What was never taken to be part of the article is folded away."
)
# Shown elsewhere on the page, or of no use to a reader.
_NOT_LISTED: Final = frozenset(
    {"text", "blocks", "title", "content_hash", "word_count", "language_confidence", "provenance"}
)


def render_page_start() -> str:
    """All that comes before the first account."""
    style = (files("cleaning.output") / "explain.css").read_text("utf-8")
    return (
        f'{PAGE_START}\n<html lang="en"><meta charset="utf-8"><title>What was removed</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<style>\n{style}</style>\n"
    )


def render_article(name: str, explained: ExplainedPage) -> str:
    """The account of a page that holds an article."""
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
    """The account of a page that holds no article."""
    return (
        f"<section><header><p class=source>{_escape_text(name)}</p><h1>No article</h1></header>\n"
        f"<p class=outcome><b>{_escape_text(outcome)}</b>: {_escape_text(detail)}</p></section>\n"
    )


def _escape_text(text: str) -> str:
    return escape(strip_unprintable(text))


def _render_counts(explained: ExplainedPage) -> str:
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
    """What is known of the article, each with where it was found."""
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
    """A field's value as HTML; empty where nothing is known, or where it is said by another field."""
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
        yield f"<h2 lang=en>Removed as well</h2>{''.join(items)}"
