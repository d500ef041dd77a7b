"""``cleanwire sources discover``."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from cleaning.cli.terminal import format_styled, print_safe
from cleaning.output.safe_text import dump_safe_json, to_one_line
from crawler.cli.options.source_options import delay_option, load_selected_sources, sources_option
from crawler.cli.output.exit_codes import explain_missing
from crawler.cli.output.formats import json_option

if TYPE_CHECKING:
    from crawler.stats import PollStats, SourceReport
    from storage import Candidate

LISTING_LABELS: Final = {
    "feed": "feed",
    "sitemap-index": "index",
    "sitemap": "sitemap",
    "section": "section",
    None: "-",
}


@click.command(
    epilog="""\b
Examples:
  cleanwire sources discover https://news.example
  cleanwire sources discover 'Example Times'
  cleanwire sources discover news.example --limit 0 --json | jq -r '.[0].candidates[].url'
"""
)
@click.argument("sites", nargs=-1, required=True, metavar="SITE...")
@click.option(
    "--limit", "-n", type=click.IntRange(min=0), default=20, show_default=True, help="Addresses shown; 0 for all."
)
@sources_option
@delay_option
@json_option
def discover(sites: tuple[str, ...], limit: int, sources_file: Path | None, delay: float | None, as_json: bool) -> None:
    """Show what would be crawled of a site, and why, before anything is stored.

    SITE is an address, or the name of a source in sources.toml; what that file says of it holds.

    Looks for feeds and sitemaps, or at section pages, as the first crawl of the site would, and lists what it asked
    for, what each answer gave, and the addresses that would be fetched, those to be fetched first in front. No article
    is fetched, and no corpus is touched.
    """
    try:
        from crawler.runner import CrawlOptions, crawl
        from storage import Corpus
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error
    from crawler.cli.output.progress import show_crawl_progress

    config = load_selected_sources(sites, sources_file)
    options = CrawlOptions(delay=config.crawl.delay if delay is None else delay, max_pages=0, defaults=config.crawl)
    with (
        tempfile.TemporaryDirectory() as folder,
        Corpus.open(f"sqlite:///{Path(folder) / 'discovered.db'}", create=True) as corpus,
    ):
        with show_crawl_progress(silent=as_json) as on_progress:
            summary = crawl(corpus, config.sources, options, on_progress)
        ids = {source.key: source.id for source in corpus.sources()}
        found = [(report, corpus.crawl.list_candidates(ids[_get_source_key(report)])) for report in summary.sources]
    if as_json:
        print_safe(dump_safe_json([serialize_discovery(report, candidates) for report, candidates in found]))
    else:
        for report, candidates in found:
            _print_discovery(report, candidates, limit)
    raise SystemExit(summary.exit_code)


def _get_source_key(report: "SourceReport") -> str:
    from cleaning.urls import get_site

    return get_site(report.url)


def explain_candidate(candidate: "Candidate") -> str:
    """Why an address would be fetched, in a few words: where it was found, and what it looks like."""
    from crawler.urls.url_classifier import classify_url

    judgement = classify_url(candidate.url)
    looks = {"article": "looks like an article", "unknown": "may be an article"}.get(judgement.kind, judgement.kind)
    return f"{candidate.found_in}, {looks} ({judgement.rule})"


def serialize_discovery(report: "SourceReport", candidates: Sequence["Candidate"]) -> dict[str, Any]:
    """What was found on a site, for ``json.dumps``."""
    looked = ("url", "kind", "outcome", "detail", "listed", "new")
    return {
        "url": report.url,
        "problem": report.problem,
        "requests": report.requests,
        "looked": [{name: getattr(look, name) for name in looked} for look in report.polls],
        "candidates": [
            {
                "url": candidate.url,
                "why": explain_candidate(candidate),
                "title": candidate.title,
                "published": candidate.published.isoformat() if candidate.published else None,
            }
            for candidate in candidates
        ],
    }


def _print_discovery(report: "SourceReport", candidates: Sequence["Candidate"], limit: int) -> None:
    print_safe(f"{format_styled(report.url, bold=True)}  {len(candidates):,} articles, {report.requests} requests")
    if report.problem:
        print_safe(format_styled(report.problem, fg="red"))
    for look in report.polls:
        print_safe(_format_poll(look))
    shown = candidates[: limit or None]
    if shown:
        print_safe("\nwould be fetched, in this order:")
    for candidate in shown:
        day = f"{candidate.published:%Y-%m-%d}" if candidate.published else " " * 10
        print_safe(f"  {day}  {to_one_line(candidate.url)}  {click.style(explain_candidate(candidate), dim=True)}")
    if len(candidates) > len(shown):
        print_safe(f"  … and {len(candidates) - len(shown):,} more (--limit 0 shows all)")
    print_safe()


def _format_poll(poll: "PollStats") -> str:
    if poll.kind == "sitemap-index":
        gave = "names sitemaps"
    elif poll.outcome == "read":
        gave = f"{poll.listed:,} articles, {poll.new:,} not named before"
    else:
        gave = format_styled(f"{poll.outcome}: {poll.detail}".rstrip(": "), fg="yellow")
    return f"  {LISTING_LABELS[poll.kind]:<8} {to_one_line(poll.url)}  {gave}"
