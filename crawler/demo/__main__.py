"""``python -m crawler.demo``: the demo site on a loopback port, until Ctrl-C."""

import argparse
import sys
from pathlib import Path

from crawler.demo.demo_server import DemoServer
from crawler.demo.demo_site import DemoSite, Site
from crawler.demo.generated import make_big_site
from crawler.demo.mirror import MirrorSite

EXAMPLES = """\
examples:
  python -m crawler.demo --port 8000
  python -m crawler.demo --articles 300 --delay 0.05
  http_proxy=http://127.0.0.1:8000 curl http://dhow.example/feed/
"""


def build_parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    parser = argparse.ArgumentParser(
        prog="python -m crawler.demo",
        description="Serve a small invented news site on loopback, directly and as a proxy for any host.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port; 0 takes a free one (default: %(default)s)")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="wait before every answer")
    parser.add_argument("--no-feeds", action="store_true", help="a site without feeds")
    parser.add_argument("--no-sitemaps", action="store_true", help="a site without sitemaps")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--articles", type=int, metavar="N", help="N generated articles instead of the written ones")
    source.add_argument("--mirror", type=Path, metavar="FOLDER", help="a saved site with an index.json instead")
    return parser


def build_site(options: argparse.Namespace) -> Site:
    """The site that the command line asks for."""
    if options.mirror:
        return MirrorSite(options.mirror)
    feeds, sitemaps = not options.no_feeds, not options.no_sitemaps
    if options.articles:
        return make_big_site(options.articles, feeds=feeds, sitemaps=sitemaps)
    return DemoSite(feeds=feeds, sitemaps=sitemaps)


def main(argv: list[str] | None = None) -> int:
    """Serve until Ctrl-C. Returns the exit code: 0, or 2 where the port or the folder cannot be had."""
    options = build_parser().parse_args(argv)
    if options.mirror and not (options.mirror / "index.json").is_file():
        print(f"{options.mirror} holds no index.json.", file=sys.stderr)
        return 2
    try:
        server = DemoServer(build_site(options), options.host, options.port, options.delay)
    except (OSError, OverflowError) as error:
        print(f"Cannot listen on {options.host}:{options.port}: {error}.", file=sys.stderr)
        return 2
    print(f"Serving on {server.url}/ (Ctrl-C stops it)", flush=True)
    try:
        server.run()
    except KeyboardInterrupt:
        print()
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
