"""``cleanwire demo``: a crawl of the bundled demo site, to see what Cleanwire does."""

import os
import sys
import tempfile
from pathlib import Path

import click

from cleaning.cli.terminal import print_safe
from crawler.cli.output.exit_codes import explain_missing


@click.command(
    epilog="""\b
Examples:
  cleanwire demo
  cleanwire demo --keep demo.db && cleanwire --database sqlite:///demo.db stats
"""
)
@click.option("--keep", type=click.Path(dir_okay=False, path_type=Path), help="Keep the corpus as this file.")
@click.option("--query", default="harbour", show_default=True, help="Search for this after the crawl.")
def demo(keep: Path | None, query: str) -> None:
    """Crawl a bundled demo site and show the result.

    The site is served on loopback; no other network is used.
    """
    # Set before Scrapy's settings are imported, because they read it from the environment: the network guard blocks
    # loopback by default, and a proxy could not reach the demo site.
    os.environ["CLEANWIRE_ALLOW_NETWORKS"] = "127.0.0.0/8"
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1"
    try:
        from crawler.demo.demo_server import serve
        from crawler.demo.demo_site import DemoSite
        from crawler.runner import CrawlOptions
        from crawler.runner import crawl as run_crawl
        from storage import Corpus
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error
    from crawler.cli.articles import print_article
    from crawler.cli.output.crawl_summary import print_summary
    from crawler.cli.output.progress import show_crawl_progress
    from crawler.cli.search import print_hit
    from crawler.config.models import SourceConfig

    if keep and keep.exists():
        raise click.UsageError(f"{keep} already exists; choose another file name")
    with tempfile.TemporaryDirectory() as folder, serve(DemoSite()) as server:
        _print_heading(f"Demo news site running at {server.url}. Crawling it as if we had never seen it:")
        with Corpus.open(f"sqlite:///{(keep or Path(folder) / 'demo.db').absolute()}", create=True) as corpus:
            with show_crawl_progress(silent=False) as on_progress:
                # The demo site is on this machine, so there is no reason to pause between requests.
                summary = run_crawl(corpus, [SourceConfig(url=server.url)], CrawlOptions(delay=0), on_progress)
            print_summary(summary, quiet=False, as_json=False)
            # The same output as the command in the heading would print.
            _print_heading(f"cleanwire search {query!r}")
            hits = corpus.search(query, limit=4)
            for hit in hits:
                print_hit(hit)
            if not hits:
                print_safe("Nothing found.")
            else:
                _print_heading(f"cleanwire show {hits[0].id} --removed")
                print_article(corpus.get(hits[0].id), removed=True)
    if keep:
        _print_heading(f"Corpus saved. Try: cleanwire --database sqlite:///{keep} stats")
    sys.exit(summary.exit_code)


def _print_heading(text: str) -> None:
    """Print a coloured heading after an empty line."""
    print_safe(f"\n{click.style(text, fg='green', bold=True)}")
