"""``cleanwire sources show``: a source's listings, and which of them show its articles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import dump_safe_json, to_one_line
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.source_options import SOURCES_FILE, resolve_sites
from crawler.cli.output.exit_codes import explain_missing
from crawler.cli.output.formats import json_option
from crawler.ops.formatting import format_age, format_short_duration

if TYPE_CHECKING:
    from crawler.config.lookup import KnownSource
    from crawler.frontier.portfolio import Portfolio
    from crawler.ops.listing_report import ListingReport
    from storage import Corpus


@click.command(
    epilog="""\b
Examples:
  cleanwire sources show news.example
  cleanwire sources show 'Example Times' --json | jq '.[].listings[] | select(.share > 0) | .url'
"""
)
@click.argument("sites", nargs=-1, required=True, metavar="SITE...")
@click.option(
    "--sources",
    "sources_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"Sources file.  [default: {SOURCES_FILE}]",
)
@json_option
@click.pass_context
def show(context: click.Context, sites: tuple[str, ...], sources_file: Path | None, as_json: bool) -> None:
    """Show the listings of a source and what each adds.

    The share says how many of the latest articles a listing adds to those above it. Listings that add nothing are
    polled once a day. SITE is the host, URL or name of a source, or group:NAME.
    """
    try:
        import crawler.ops.listing_report  # noqa: F401
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error

    chosen = resolve_sites(context, sites, sources_file)
    with open_corpus(context) as corpus:
        shown = [_load_source(corpus, source) for source in chosen]
    if as_json:
        print_safe(dump_safe_json([source.to_json() for source in shown], indent=2))
        return
    for number, source in enumerate(shown):
        _print_source(source, datetime.now(UTC), is_first=number == 0)


@dataclass(frozen=True, slots=True)
class _ShownSource:
    """A source with its portfolio and its listings."""

    source: "KnownSource"
    portfolio: "Portfolio"
    listings: "Sequence[ListingReport]"
    ignored_parameters: tuple[str, ...] = ()
    """Query parameters that say nothing about the article, as learned from its pages."""

    def to_json(self) -> dict[str, Any]:
        """Return the source as a dictionary for ``json.dumps``."""
        covered_at = self.portfolio.covered_at
        return {
            "source": self.source.key,
            "url": self.source.url,
            "name": self.source.name,
            "group": self.source.group,
            "learned_hosts": list(self.portfolio.hosts),
            "ignored_parameters": list(self.ignored_parameters),
            "covered_at": covered_at and covered_at.isoformat(),
            "listings": [listing.to_json() for listing in self.listings],
        }


def _load_source(corpus: "Corpus", source: "KnownSource") -> _ShownSource:
    from crawler.crawled_site import load_portfolio, load_profile
    from crawler.frontier.portfolio import Portfolio
    from crawler.ops.listing_report import describe_listings

    if source.stored is None:
        return _ShownSource(source, Portfolio(), ())
    portfolio = load_portfolio(source.stored)
    rows = corpus.crawl.list_feeds(source.stored.id)
    config = source.config
    configured = {*config.feeds, *config.sitemaps, *config.sections} if config else set()
    ignored = tuple(sorted(load_profile(source.stored).parameters.superfluous))
    return _ShownSource(source, portfolio, describe_listings(rows, portfolio, configured), ignored)


def _print_source(shown: _ShownSource, now: datetime, *, is_first: bool) -> None:
    source, portfolio = shown.source, shown.portfolio
    name = click.style(to_one_line(source.label), bold=True)
    print_safe(f"{'' if is_first else chr(10)}{name}  {to_one_line(source.url)}")
    if portfolio.hosts:
        print_safe(f"Articles are also on {to_one_line(', '.join(portfolio.hosts))} (learned from redirects).")
    if shown.ignored_parameters:
        names = to_one_line(", ".join(shown.ignored_parameters))
        print_safe(f"Articles do not depend on these query parameters: {names} (learned from its pages).")
    if not shown.listings:
        print_safe("It has not been crawled yet." if source.stored is None else "No listing has been found.")
        return
    print_safe(f"All listings were last checked {format_age(portfolio.covered_at, now)}.")
    for listing in shown.listings:
        _print_listing(listing, now)


def _print_listing(listing: "ListingReport", now: datetime) -> None:
    from crawler.ops.listing_report import format_share

    share = click.style(f"{format_share(listing.share):>5}", fg="green", bold=True)
    print_safe(f"\n{share}  {listing.kind or '–':<13}  {to_one_line(listing.url)}")
    facts = []
    if listing.named:
        facts.append(f"named {listing.named} of the latest articles, {listing.first} first, {listing.alone} alone")
    if listing.last_new_at:
        facts.append(f"last had a new one {format_age(listing.last_new_at, now)}")
    if listing.polled_at:
        facts.append(f"polled {format_age(listing.polled_at, now)}{_describe_next(listing, now)}")
    lines = [listing.reason, "; ".join(facts)]
    if listing.failures:
        times = "the last time" if listing.failures == 1 else f"{listing.failures} times in a row"
        lines.append(click.style(f"failed {times}", fg="red"))
    if listing.moved_to:
        lines.append(f"moved permanently to {to_one_line(listing.moved_to)}")
    for line in filter(None, lines):
        print_safe(f"       {line}")


def _describe_next(listing: "ListingReport", now: datetime) -> str:
    if listing.role in ("index", "spare") or listing.next_poll_at is None:
        return ""
    return (
        ", due now" if listing.next_poll_at <= now else f", due in {format_short_duration(listing.next_poll_at - now)}"
    )
