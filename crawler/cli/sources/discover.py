"""``cleanwire sources discover``: a trial run that stores nothing."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from cleaning.cli.terminal import format_styled, print_safe
from cleaning.output.safe_text import dump_safe_json, to_one_line
from crawler.cli.options.param_types import Count
from crawler.cli.options.source_options import delay_option, load_selected_sources, sources_option
from crawler.cli.output.exit_codes import explain_missing
from crawler.cli.output.formats import json_option

if TYPE_CHECKING:
    from crawler.stats import PollStats, SourceReport
    from storage import Candidate, Corpus

LISTING_LABELS: Final = {
    "feed": "feed",
    "sitemap-index": "index",
    "sitemap": "sitemap",
    "section": "section",
    None: "-",
}
"""Labels for people, by kind of listing; ``None`` is a page whose kind is not known."""


@click.command(
    epilog="""\b
Examples:
  cleanwire sources discover https://news.example
  cleanwire sources discover 'Example Times'
  cleanwire sources discover news.example --limit 0 --json | jq -r '.[0].candidates[].url'
"""
)
@click.argument("sites", nargs=-1, required=True, metavar="SITE...")
@click.option("--limit", "-n", type=Count(min=0), default=20, show_default=True, help="URLs to show; 0 for all.")
@sources_option
@delay_option
@json_option
@click.pass_context
def discover(
    context: click.Context,
    sites: tuple[str, ...],
    limit: int,
    sources_file: Path | None,
    delay: float | None,
    as_json: bool,
) -> None:
    """Show what would be crawled and why; store nothing.

    SITE is a URL, a host, or the name of a source in sources.toml, whose settings then apply.

    This polls feeds, sitemaps and section pages as the first crawl of the site would. It lists each request with its
    result, and the URLs that would be fetched, in order. No article is fetched and no corpus is changed.
    """
    try:
        from crawler.runner import CrawlOptions, crawl
        from storage import Corpus
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error
    from crawler.cli.output.progress import show_crawl_progress

    config = load_selected_sources(context, sites, sources_file)
    options = CrawlOptions(delay=config.crawl.delay if delay is None else delay, max_pages=0, defaults=config.crawl)
    # max_pages=0 ends the crawl after discovery; its frontier is a temporary corpus.
    with (
        tempfile.TemporaryDirectory() as folder,
        Corpus.open(f"sqlite:///{Path(folder) / 'discovered.db'}", create=True) as corpus,
    ):
        with show_crawl_progress(silent=as_json) as on_progress:
            summary = crawl(corpus, config.sources, options, on_progress)
        ids = {source.key: source.id for source in corpus.sources()}
        found = [(report, _list_candidates(corpus, ids.get(_get_source_key(report)))) for report in summary.sources]
    if as_json:
        print_safe(dump_safe_json([serialize_discovery(report, candidates) for report, candidates in found]))
    else:
        for report, candidates in found:
            _print_discovery(report, candidates, limit)
    raise SystemExit(summary.exit_code)


def _list_candidates(corpus: "Corpus", source_id: int | None) -> "list[Candidate]":
    """Return the URLs that were found; none if the host did not answer, because the corpus has no such source then."""
    return [] if source_id is None else corpus.crawl.list_candidates(source_id)


def _get_source_key(report: "SourceReport") -> str:
    """Return the key of a source in the corpus: its host without ``www.``."""
    from cleaning.urls import get_site

    return get_site(report.url)


def explain_candidate(candidate: "Candidate") -> str:
    """Return why a URL would be fetched: where it was found, whether it looks like an article, and by which rule.

    The rule's name helps to write ``include`` and ``exclude`` patterns for the source.
    """
    from crawler.urls.url_classifier import classify_url

    judgement = classify_url(candidate.url)
    appearance = {"article": "looks like an article", "unknown": "may be an article"}.get(
        judgement.kind, judgement.kind
    )
    return f"{candidate.found_in}, {appearance} ({judgement.rule})"


def serialize_discovery(report: "SourceReport", candidates: Sequence["Candidate"]) -> dict[str, Any]:
    """Return the discovery on a site as a dictionary for ``json.dumps``.

    ``looked`` has an entry for each request to a listing. ``candidates`` are in the order in which they would be
    fetched.
    """
    poll_fields = ("url", "kind", "outcome", "detail", "listed", "new")
    return {
        "url": report.url,
        "problem": report.problem,
        "notes": list(report.notes),
        "requests": report.requests,
        "looked": [{name: getattr(poll, name) for name in poll_fields} for poll in report.polls],
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
    """Print the requests to a site, its problem if it has one, and the first candidates."""
    print_safe(f"{format_styled(report.url, bold=True)}  {len(candidates):,} articles, {report.requests} requests")
    if report.problem:
        print_safe(format_styled(report.problem, fg="red"))
    for note in report.notes:
        print_safe(format_styled(to_one_line(note), fg="yellow"))
    for poll in report.polls:
        print_safe(_format_poll(poll))
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
    """Return a line for the poll of a listing: kind, URL and result."""
    if poll.outcome == "read":
        counts = f"{poll.listed:,} articles, {poll.new:,} not listed before"
        result = "lists sitemaps" if poll.kind == "sitemap-index" else counts
        if poll.detail:
            result += format_styled(f"; read in part: {poll.detail}", fg="yellow")
    else:
        result = format_styled(f"{poll.outcome}: {poll.detail}".rstrip(": "), fg="yellow")
    return f"  {LISTING_LABELS[poll.kind]:<8} {to_one_line(poll.url)}  {result}"
