"""Pages that we write of hostile values, in a real browser: nothing in them runs, and nothing is asked for."""

import json
import os
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hostile import COMMANDS, MARKUP, UNSEEN, VALUE, hostile_corpus

from cleaning.batch import Page
from cleaning.output.explain import ExplainedPage, explain_page
from cleaning.output.explain_html import render_article, render_page_start, render_rejection
from crawler.fetch.browser import find_executable
from crawler.ops.html.run_page import build_run_page
from crawler.ops.html.status_page import build_status_page
from crawler.ops.run_report import load_report
from crawler.ops.source_status import load_overview
from storage import Corpus
from storage.exports.feeds import FeedHead, atom, json_feed, rss


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every kind of page that we write, and what feed readers make of our feeds."""
    path = tmp_path_factory.mktemp("pages") / "corpus.db"
    hostile_corpus(path)
    with Corpus.open(f"sqlite:///{path}") as corpus:
        (run,) = corpus.monitoring.list_runs(1)
        articles = list(corpus.iter(""))
        made = {
            "report": build_run_page(load_report(corpus, run)),
            "status": build_status_page(load_overview(corpus, (), datetime.now(UTC))),
        }
    words = "The harbour of Mombasa was closed on Tuesday after a storm, said the port authority. " * 6
    hostile = f"{MARKUP}{UNSEEN}{COMMANDS}".replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    page = (
        f'<html lang=en><head><title>{hostile}</title><meta name=author content="{hostile}">'
        f'<meta property="og:image" content="javascript:{hostile}"></head><body><article><h1>{hostile}</h1>'
        f"<p>By {hostile}</p><p>{words}{hostile}</p><p>Share this on {hostile}</p><p>{words}</p></article>"
    )
    explained = explain_page(Page(page))
    assert isinstance(explained, ExplainedPage)
    made["explained"] = "".join(
        [render_page_start(), render_article(VALUE, explained), render_rejection(VALUE, VALUE, VALUE)]
    )
    head = FeedHead(VALUE, f"javascript:{VALUE}", datetime.now(UTC))
    contents = [article["content_text"] for article in json.loads(json_feed(articles, head))["items"]]
    assert all(MARKUP in text for text in contents)
    made["feeds"] = _as_readers_show(atom(articles, head)) + _as_readers_show(rss(articles, head))
    return made


def _as_readers_show(feed: str) -> str:
    """The HTML in a feed, and its links, as a reader that trusts them would put them into a page."""
    import feedparser

    entries = feedparser.parse(feed, sanitize_html=False, resolve_relative_uris=False).entries
    assert entries
    links = "".join(f'<a href="{escape(entry.get("link", ""))}">read</a>' for entry in entries if entry.get("link"))
    return links + "".join(f"<div>{entry.content[0].value}</div>" for entry in entries)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if find_executable() is None:
        pytest.skip("there is no Chromium")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from playwright.sync_api import sync_playwright

    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_executable(), args=sandbox)
        yield browser
        browser.close()


@pytest.mark.parametrize("policy", ["held", "off"])
@pytest.mark.parametrize("name", ["report", "status", "explained", "feeds"])
def test_nothing_runs_and_nothing_is_asked_for(
    name: str, policy: str, pages: dict[str, str], browser: Any, tmp_path: Path
) -> None:
    """Without our policy, which forbids all of it, the escaping alone must do."""
    path = tmp_path / f"{name}.html"
    path.write_text(pages[name], "utf-8")
    context = browser.new_context(bypass_csp=policy == "off")
    tab = context.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    tab.goto(path.as_uri())
    tab.wait_for_timeout(200)
    assert asked == [path.as_uri()]
    assert tab.title() != "PWNED"
    running = "script, img, iframe, object, embed, form, base, [onload], [onerror]"
    assert tab.evaluate("names => document.querySelectorAll(names).length", running) == 0
    links = tab.evaluate("[...document.querySelectorAll('[href], [src]')].map(each => each.href?.baseVal ?? each.href)")
    assert [link for link in links if not link.startswith(("http://", "https://", "urn:uuid:"))] == []
    context.close()
