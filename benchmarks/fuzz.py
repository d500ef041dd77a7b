"""Fuzz every parser of untrusted input, guided by coverage.

    pip install atheris
    python benchmarks/fuzz.py query --seconds 600
    python benchmarks/fuzz.py clean --seconds 600 --corpus findings/

A target must raise only its documented errors, and take no longer than `MAX_SECONDS`. A finding is written to the
folder as a file ``crash-…``, to become a test.
"""

import argparse
import io
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

# Only our own packages are instrumented: coverage of the standard library would distract the fuzzer.
with atheris.instrument_imports(include=["cleaning", "crawler", "storage"]):
    from cleaning import NotAnArticleError, clean, clean_text
    from cleaning.content.blocks import normalize_spaces
    from cleaning.html.decoding import decode_page
    from cleaning.lines.line import KnownMetadata, Line
    from cleaning.lines.rule_loader import load_line_rules
    from cleaning.lines.steps.pipeline import strip_lines
    from cleaning.urls import canonicalise, make_url_key
    from cleaning.web.warc import read_records
    from crawler.config.loader import parse_with_problems
    from crawler.parsers.feeds import NotAFeedError, read_feed
    from crawler.parsers.robots_txt import parse_robots_txt
    from crawler.parsers.sitemaps import NotASitemapError, read_sitemap
    from storage.search.folding import Tokens, fold
    from storage.search.fulltext_index import Fts5Index, InnoDbIndex, TsVectorIndex
    from storage.search.query_parser import parse_query

MAX_SECONDS = 5.0
"""CPU seconds that an input of at most 4 KB may take."""
URL = "https://news.example/a"


def check_query(content: bytes) -> None:
    """Compile a search query for each of the three databases; no input may raise an error."""
    query = parse_query(content.decode("utf-8", "surrogateescape"))
    if query.words is not None:
        for index in (Fts5Index(), TsVectorIndex(), InnoDbIndex()):
            index.build_expression(query.words)


def check_text(content: bytes) -> None:
    """Clean a text: folding and tokenising agree, and no character is invented."""
    text = content.decode("utf-8", "surrogateescape")
    assert " ".join(Tokens(text).folded) == fold(text)
    with suppress(NotAnArticleError):
        written = {character for character in clean_text(text).text if not character.isspace()}
        assert written <= set(text) | set("•-"), "the text contains characters that the input does not"


def check_lines(content: bytes) -> None:
    """Clean lines: a second pass removes nothing, and pieces of lines are left in their order."""
    text = content.decode("utf-8", "replace")
    lines = tuple(Line(line) for line in map(normalize_spaces, decode_page(text + ".").splitlines()) if line)
    once = strip_lines(lines, KnownMetadata()).lines
    assert strip_lines(once, KnownMetadata()).lines == once, "cleaning again removes more"
    rest = iter(lines)
    assert all(any(is_part(line.text, before.text) for before in rest) for line in once), (
        "lines are new or in another order"
    )


def is_part(text: str, whole: str) -> bool:
    """Return whether a text is a piece of another, or its beginning and its end."""
    cuts = range(len(text) + 1)
    return text in whole or any(whole.startswith(text[:i].rstrip()) and whole.endswith(text[i:].lstrip()) for i in cuts)


def check_page(content: bytes) -> None:
    """Clean a page."""
    with suppress(NotAnArticleError):
        clean(content, URL)


def check_feed(content: bytes) -> None:
    """Parse a feed."""
    with suppress(NotAFeedError):
        read_feed(content, URL)


def check_sitemap(content: bytes) -> None:
    """Parse a sitemap."""
    with suppress(NotASitemapError):
        read_sitemap(content, URL)


def check_url(content: bytes) -> None:
    """Canonicalise a URL: a second time changes nothing."""
    text = content.decode("utf-8", "surrogateescape")
    try:
        once = canonicalise(text, URL)
    except ValueError:
        return
    assert canonicalise(once) == once
    make_url_key(once)


def check_configuration(content: bytes) -> None:
    """Parse a sources.toml; all errors are reported as problems."""
    parse_with_problems(content.decode("utf-8", "replace"), environment=None)


def check_robots_txt(content: bytes) -> None:
    """Parse a robots.txt and test a path."""
    parse_robots_txt(content.decode("utf-8", "replace"), "cleanwire").allows("/news/a")


def check_warc(content: bytes) -> None:
    """Read the records of a WARC file."""
    list(read_records(io.BytesIO(content)))


EXAMPLES = "\n".join(line for rule in load_line_rules() for line in (*rule.drops, *rule.keeps))
TARGETS: dict[str, tuple[Callable[[bytes], None], list[bytes]]] = {
    "query": (check_query, [b'title:(a "b c") OR -d* published:2024-10..2024-11 lang:so', "السل* «x y»".encode()]),
    "clean_text": (check_text, [b"Title\n\nThe river rose on Monday.\n\nEdited by: Ali Musa", "停火\n\n协议".encode()]),
    "lines": (check_lines, [EXAMPLES[:1000].encode(), EXAMPLES[1000:2000].encode(), EXAMPLES[-1000:].encode()]),
    "clean": (check_page, [b'<html lang="en"><h1>A</h1><article><p>One.</p><p>Edited by: B</p></article></html>']),
    "feed": (
        check_feed,
        [b"<rss><channel><item><link>/a</link></item></channel></rss>", b'{"version":"x","items":[]}'],
    ),
    "sitemap": (check_sitemap, [b"<urlset><url><loc>https://news.example/a</loc></url></urlset>"]),
    "address": (check_url, [b"https://www.news.example:443/a/../b?utm_source=c&d=%C3%A9#e", b"//x/y"]),
    "configuration": (check_configuration, [b'[[source]]\nurl = "https://news.example"\ndelay = 5\n']),
    "robots": (check_robots_txt, [b"User-agent: *\nDisallow: /a*$\nCrawl-delay: 3\n"]),
    "warc": (check_warc, [b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n"]),
}


def main() -> None:
    """Fuzz one target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=TARGETS, help="the parser to fuzz")
    parser.add_argument("--seconds", type=int, default=60, help="time to spend (default: 60)")
    parser.add_argument("--corpus", type=Path, default=Path("fuzz-findings"), help="folder of inputs and findings")
    arguments = parser.parse_args()
    run, seeds = TARGETS[arguments.target]
    folder = arguments.corpus / arguments.target
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number}").write_bytes(seed)

    def run_once(content: bytes) -> None:
        started = time.process_time()
        run(content)
        seconds = time.process_time() - started
        assert seconds < MAX_SECONDS, f"{len(content):,} bytes seconds {seconds:.1f} s"

    options = [f"-max_total_time={arguments.seconds}", "-max_len=4096", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], str(folder), *options], run_once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
