"""A coverage-guided fuzzer over everything that reads what strangers write.

    pip install atheris
    python benchmarks/fuzz.py query --seconds 600
    python benchmarks/fuzz.py clean --seconds 600 --corpus findings/

Each target must raise nothing but its documented errors, and take no longer than `MOST_SECONDS`. What it finds is
written as a file ``crash-…`` to the folder, to become a test.
"""

import argparse
import io
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

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

MOST_SECONDS = 5.0
URL = "https://news.example/a"


def a_query(content: bytes) -> None:
    query = parse_query(content.decode("utf-8", "surrogateescape"))
    if query.words is not None:
        for index in (Fts5Index(), TsVectorIndex(), InnoDbIndex()):
            index.build_expression(query.words)


def a_text(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    assert " ".join(Tokens(text).folded) == fold(text)
    with suppress(NotAnArticleError):
        written = {character for character in clean_text(text).text if not character.isspace()}
        assert written <= set(text) | set("•-"), "letters that nobody wrote"


def some_lines(content: bytes) -> None:
    """Twice is once, and what is left are pieces of lines, in their order."""
    text = content.decode("utf-8", "replace")
    lines = tuple(Line(line) for line in map(normalize_spaces, decode_page(text + ".").splitlines()) if line)
    once = strip_lines(lines, KnownMetadata()).lines
    assert strip_lines(once, KnownMetadata()).lines == once, "cleaning again takes more"
    rest = iter(lines)
    assert all(any(is_part(line.text, before.text) for before in rest) for line in once), "lines changed places"


def is_part(text: str, whole: str) -> bool:
    """Whether a text is a piece of another, or its beginning and its end."""
    cuts = range(len(text) + 1)
    return text in whole or any(whole.startswith(text[:i].rstrip()) and whole.endswith(text[i:].lstrip()) for i in cuts)


def a_page(content: bytes) -> None:
    with suppress(NotAnArticleError):
        clean(content, URL)


def a_feed(content: bytes) -> None:
    with suppress(NotAFeedError):
        read_feed(content, URL)


def a_sitemap(content: bytes) -> None:
    with suppress(NotASitemapError):
        read_sitemap(content, URL)


def an_address(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    try:
        once = canonicalise(text, URL)
    except ValueError:
        return
    assert canonicalise(once) == once
    make_url_key(once)


def a_configuration(content: bytes) -> None:
    parse_with_problems(content.decode("utf-8", "replace"), environment=None)


def a_robots_txt(content: bytes) -> None:
    parse_robots_txt(content.decode("utf-8", "replace"), "cleanwire").allows("/news/a")


def a_warc(content: bytes) -> None:
    list(read_records(io.BytesIO(content)))


EXAMPLES = "\n".join(line for rule in load_line_rules() for line in (*rule.drops, *rule.keeps))
TARGETS: dict[str, tuple[Callable[[bytes], None], list[bytes]]] = {
    "query": (a_query, [b'title:(a "b c") OR -d* published:2024-10..2024-11 lang:so', "السل* «x y»".encode()]),
    "clean_text": (a_text, [b"Title\n\nThe river rose on Monday.\n\nEdited by: Ali Musa", "停火\n\n协议".encode()]),
    "lines": (some_lines, [EXAMPLES[:1000].encode(), EXAMPLES[1000:2000].encode(), EXAMPLES[-1000:].encode()]),
    "clean": (a_page, [b'<html lang="en"><h1>A</h1><article><p>One.</p><p>Edited by: B</p></article></html>']),
    "feed": (a_feed, [b"<rss><channel><item><link>/a</link></item></channel></rss>", b'{"version":"x","items":[]}']),
    "sitemap": (a_sitemap, [b"<urlset><url><loc>https://news.example/a</loc></url></urlset>"]),
    "address": (an_address, [b"https://www.news.example:443/a/../b?utm_source=c&d=%C3%A9#e", b"//x/y"]),
    "configuration": (a_configuration, [b'[[source]]\nurl = "https://news.example"\ndelay = 5\n']),
    "robots": (a_robots_txt, [b"User-agent: *\nDisallow: /a*$\nCrawl-delay: 3\n"]),
    "warc": (a_warc, [b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n"]),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path, default=Path("fuzz-findings"))
    arguments = parser.parse_args()
    run, seeds = TARGETS[arguments.target]
    folder = arguments.corpus / arguments.target
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number}").write_bytes(seed)

    def one(content: bytes) -> None:
        begun = time.process_time()
        run(content)
        took = time.process_time() - begun
        assert took < MOST_SECONDS, f"{len(content):,} bytes took {took:.1f} s"

    options = [f"-max_total_time={arguments.seconds}", "-max_len=4096", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], str(folder), *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
