"""Measure the corpus on a database: writing, searching, near-duplicates, exports, copying.

    python benchmarks/corpus.py --articles 100000
    python benchmarks/corpus.py --articles 20000 --database postgresql://me@127.0.0.1/empty --json

The articles are generated in six languages, from vocabularies whose words are as unequally frequent as in news; a tenth
are edited copies of others. Each figure has a baseline from the same run: plain ``executemany`` into the same tables,
and the database's own full-text query.
"""

import argparse
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert, select, text

from cleaning.article import Article, Block, BlockKind, Cleaned
from cleaning.urls import make_url_key
from storage import Candidate, Corpus, FetchedPage
from storage.dedup.minhash import build_shingles, compute_lsh_bands, compute_signature
from storage.ingest.article_rows import build_page_row
from storage.schema.keys import hash_key
from storage.schema.tables import ArticleRow, FetchRow, FrontierRow
from storage.search import fulltext_index
from storage.search.folding import fold
from storage.search.query_parser import parse_query

LETTERS = {
    "en": "abcdefghijklmnoprstuvwy",
    "so": "abcdefghijklmnoqrsuwxy",
    "fr": "abcdéèfghijlmnoprstuvç",
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "am": "ሀለመሰረቀበተነአከወዘየደገጠፈ",
    "zh": "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子",
}
VOCABULARY_WORDS = 20_000
START = datetime(2024, 1, 1, tzinfo=UTC)
BATCH_PAGES = 100
COPY_SHARE = 0.1
ANALYZE_INTERVAL_ARTICLES = 5_000
"""Articles between two updates of a server's table statistics, which autovacuum would do in a real crawl."""


class Generator:
    """Generates articles of about 3 kB, the same ones for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._words = {language: self._build_vocabulary(letters) for language, letters in LETTERS.items()}
        # Zipf-Mandelbrot: a word's frequency falls with its rank, as in natural text.
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(VOCABULARY_WORDS)))

    def _build_vocabulary(self, letters: str) -> list[str]:
        """Return random words of some letters, with two characters each in Chinese."""
        # Chinese: a word has two characters.
        if len(letters) > 40 or letters[0] == "的":
            return [self._random.choice(letters) + self._random.choice(letters) for _ in range(VOCABULARY_WORDS)]
        return ["".join(self._random.choices(letters, k=self._random.randint(2, 10))) for _ in range(VOCABULARY_WORDS)]

    def sample_words(self, language: str, count: int) -> list[str]:
        """Return random words of a language, distributed as in a natural text (Zipf-Mandelbrot)."""
        return self._random.choices(self._words[language], cum_weights=self._weights, k=count)

    def build_text(self, language: str, words: Sequence[str]) -> str:
        """Join words into paragraphs of 60."""
        separator = "" if language == "zh" else " "
        return "\n\n".join(separator.join(words[start : start + 60]) + "." for start in range(0, len(words), 60))

    def generate_articles(self, count: int) -> Iterator[tuple[str, list[str], str]]:
        """Yield articles as language, words and title."""
        languages = list(LETTERS)
        recent: list[tuple[str, list[str]]] = []
        for number in range(count):
            if recent and self._random.random() < COPY_SHARE:
                language, words = self._random.choice(recent)
                words = self.replace_words(language, words, 0.05)
            else:
                language = languages[number % len(languages)]
                words = self.sample_words(language, {"zh": 500, "ar": 300, "am": 260}.get(language, 480))
            recent = [*recent[-200:], (language, words)]
            yield language, words, " ".join(self.sample_words(language, 8)).capitalize()

    def replace_words(self, language: str, words: Sequence[str], share: float) -> list[str]:
        """Return a copy in which a share of the words is replaced."""
        replacements = self.sample_words(language, len(words))
        return [
            other if self._random.random() < share else word for word, other in zip(words, replacements, strict=True)
        ]


def build_cleaned(language: str, body: str, title: str, number: int) -> Cleaned:
    """Build the cleaner's result for a generated article, with all fields that the corpus indexes."""
    blocks = tuple(Block(BlockKind.PARAGRAPH, part) for part in body.split("\n\n"))
    article = Article(
        text=body,
        blocks=blocks,
        title=title,
        language=language,
        language_confidence=0.99,
        published=START + timedelta(minutes=5 * number),
        published_precision="minute",
        authors=(f"Author {number % 997}",),
        editors=(f"Editor {number % 31}",),
        tags=(f"tag{number % 211}", f"tag{number % 17}"),
        section=f"Section {number % 13}",
        word_count=len(body.split()),
    )
    return Cleaned(article, ())


def measure_call(call: Callable[[], Any]) -> tuple[float, Any]:
    """Call a function and return the seconds that it took, with its result."""
    started = time.perf_counter()
    value = call()
    return time.perf_counter() - started, value


def iter_fetched_pages(frontier: Any, generator: Generator, source_id: int, count: int) -> Iterator[list[FetchedPage]]:
    """Yield batches of fetched pages whose URLs are leased from the frontier, as in a crawl."""
    numbered = enumerate(generator.generate_articles(count))
    while articles := list(islice(numbered, BATCH_PAGES)):
        contents = {}
        for number, (language, words, title) in articles:
            url = f"https://wire{number % 50}.example/news/{number}"
            contents[url] = build_cleaned(language, generator.build_text(language, words), title, number)
        frontier.add(Candidate(url, make_url_key(url), source_id, "feed") for url in contents)
        leases = frontier.lease(BATCH_PAGES, busy={}, per_host=BATCH_PAGES, sources=[source_id])
        yield [
            FetchedPage(lease, lease.url, 200, "article", None, START, 10, 30_000, contents[lease.url])
            for lease in leases
        ]


def measure_writing(corpus: Corpus, address: str, generator: Generator, count: int) -> dict[str, float]:
    """Write articles as a crawl does, and return the rate.

    This is the only write path: it looks up known articles, decides, and writes article, index, credits,
    near-duplicates, fetch and frontier.
    """
    source = corpus.crawl.get_or_create_source("https://wire.example")
    frontier = corpus.crawl.open_frontier(corpus.crawl.start_run("benchmark"))
    seconds = stored = 0.0
    for batch in iter_fetched_pages(frontier, generator, source.id, count):
        spent, outcomes = measure_call(lambda batch=batch: frontier.record_fetches(batch))
        seconds += spent
        stored += outcomes.count("stored")
        show_progress("writing", stored, count)
        if stored % ANALYZE_INTERVAL_ARTICLES < BATCH_PAGES:
            update_table_statistics(address)
    return {"articles a second": stored / seconds, "seconds": seconds, "stored": stored}


def measure_unchanged_pages(corpus: Corpus, generator: Generator, count: int) -> float:
    """Write the same pages a second time, and return the pages per second."""
    (source,) = corpus.sources()
    frontier = corpus.crawl.open_frontier(corpus.crawl.start_run("again"))
    with corpus._database.write() as connection:
        again = FrontierRow.__table__.update().where(FrontierRow.id <= count)
        connection.execute(again.values(state="queued", run_id=None, not_before=None))
    seconds = done = 0.0
    contents = {
        f"https://wire{number % 50}.example/news/{number}": (language, words, title, number)
        for number, (language, words, title) in enumerate(generator.generate_articles(count))
    }
    while leases := frontier.lease(BATCH_PAGES, busy={}, per_host=BATCH_PAGES, sources=[source.id]):
        batch = []
        for lease in leases:
            language, words, title, number = contents[lease.url]
            content = build_cleaned(language, generator.build_text(language, words), title, number)
            batch.append(FetchedPage(lease, lease.url, 200, "article", None, START, 10, 30_000, content))
        spent, outcomes = measure_call(lambda batch=batch: frontier.record_fetches(batch))
        assert set(outcomes) == {"unchanged"}, set(outcomes)
        seconds += spent
        done += len(batch)
    return done / seconds


def measure_raw_writing(address: str, generator: Generator, count: int) -> dict[str, float]:
    """Write the same rows with plain ``executemany`` into article, fetch and search index.

    Nothing is looked up or decided. The rates are the baseline of :func:`measure_writing`.
    """
    rates = {}
    with Corpus.open(address, create=True) as corpus:
        source = corpus.crawl.get_or_create_source("https://wire.example")
        run_id = corpus.crawl.start_run("raw")
        frontier = corpus.crawl.open_frontier(run_id)
        article_seconds = index_seconds = 0.0
        next_id = 1
        for batch in iter_fetched_pages(frontier, generator, source.id, count):
            rows, fetches, folded = [], [], []
            for page in batch:
                row = build_page_row(page) | {
                    "id": next_id,
                    "source_id": source.id,
                    "frontier_id": page.lease.id,
                    "key_hash": hash_key(page.lease.url),
                    "stored_at": START,
                    "version": 1,
                }
                rows.append(row)
                fetches.append(
                    {
                        "frontier_id": page.lease.id,
                        "run_id": run_id,
                        "final_url": page.final_url,
                        "outcome": "stored",
                        "fetched_at": START,
                        "milliseconds": 1,
                        "bytes": 1,
                    }
                )
                folded.append(fulltext_index.IndexEntry(next_id, fold(row["title"]), fold(row["text"])))
                next_id += 1
            with corpus._database.write() as connection:
                started = time.perf_counter()
                connection.execute(insert(ArticleRow), rows)
                connection.execute(insert(FetchRow), fetches)
                written = time.perf_counter()
                fulltext_index.get_index(connection).add(connection, folded)
                article_seconds += written - started
                index_seconds += time.perf_counter() - written
        rates["articles a second"] = (next_id - 1) / article_seconds
        rates["with the index"] = (next_id - 1) / (article_seconds + index_seconds)
    return rates


def format_percentiles(times: list[float]) -> str:
    """Format p50 and p95 of some seconds, in milliseconds."""
    ordered = sorted(times)
    return f"{1000 * statistics.median(ordered):.1f} / {1000 * ordered[int(0.95 * (len(ordered) - 1))]:.1f}"


def measure_searches(corpus: Corpus, generator: Generator, repeat: int) -> dict[str, dict[str, str]]:
    """Search with queries of several kinds.

    Returns, for each kind, p50 and p95 in milliseconds, next to those of the database's own full-text query for the
    same words.
    """
    ranks = {"frequent": range(3, 3 + repeat), "medium": range(300, 300 + repeat), "rare": range(9000, 9000 + repeat)}
    queries: dict[str, list[tuple[str, dict[str, Any]]]] = {
        kind: [(generator._words["en"][rank], {}) for rank in chosen] for kind, chosen in ranks.items()
    }
    frequent = queries["frequent"]
    queries["two words"] = [(f"{a} {b}", {}) for (a, _), (b, _) in zip(frequent, queries["medium"], strict=True)]
    queries["phrase"] = [
        (f'"{a} {b}"', {}) for (a, _), (b, _) in zip(frequent, frequent[1:] + frequent[:1], strict=True)
    ]
    queries["field"] = [(f'{word} author:"author {number}"', {}) for number, (word, _) in enumerate(frequent)]
    queries["month"] = [(f"{word} published:2024-03", {}) for word, _ in frequent]
    queries["newest"] = [(word, {"order": "date"}) for word, _ in frequent]
    queries["collapsed"] = [(word, {"collapse": True}) for word, _ in queries["medium"]]
    results: dict[str, dict[str, str]] = {}
    for kind, queries_of_kind in queries.items():
        ours, bare = [], []
        for query, options in queries_of_kind:
            ours.append(measure_call(lambda query=query, options=options: corpus.search(query, limit=20, **options))[0])
            bare.append(measure_call(lambda query=query: run_bare_query(corpus, query))[0])
        results[kind] = {"ours": format_percentiles(ours), "bare full text": format_percentiles(bare)}
    facets = [measure_call(lambda word=word: corpus.counts("source", word))[0] for word, _ in frequent]
    days = [measure_call(lambda word=word: corpus.counts("day", word))[0] for word, _ in frequent]
    results["facet: source"] = {"ours": format_percentiles(facets)}
    results["facet: day"] = {"ours": format_percentiles(days)}
    return results


def run_bare_query(corpus: Corpus, query: str) -> None:
    """Select the ids of the 20 best articles with the search index alone."""
    words = parse_query(query).words
    assert words is not None
    with corpus._database.read() as connection:
        index = fulltext_index.get_index(connection)
        best = (
            select(index.article_id).where(index.build_condition(words)).order_by(index.score(words).desc()).limit(20)
        )
        connection.execute(best).all()


EDITS: dict[str, Callable[[Generator, str, list[str]], list[str]]] = {
    "5 % edited": lambda g, language, words: g.replace_words(language, words, 0.05),
    "10 % edited": lambda g, language, words: g.replace_words(language, words, 0.10),
    "20 % edited": lambda g, language, words: g.replace_words(language, words, 0.20),
    "another first paragraph": lambda g, language, words: [*g.sample_words(language, 60), *words[60:]],
    "120 words of boilerplate": lambda g, language, words: [*words, *g.sample_words(language, 120)],
    "30 % cut": lambda g, language, words: words[: int(0.7 * len(words))],
}


def measure_near_duplicates(corpus: Corpus, generator: Generator, each: int) -> dict[str, Any]:
    """Save edited copies and look them up.

    Returns the recall for each kind of edit, and how many pairs that the corpus considers near-duplicates are
    unrelated.
    """
    recall_by_kind = {}
    number = 10_000_000
    for kind, edit in EDITS.items():
        found = 0
        for language, words, title in islice(Generator(99).generate_articles(each * 2), each):
            original = save_article(corpus, generator, language, words, title, number)
            copy = save_article(
                corpus, generator, language, edit(generator, language, words), f"{title} again", number + 1
            )
            found += any(similar.id == original for similar in corpus.similar(copy))
            number += 2
        recall_by_kind[kind] = found / each
    pairs = unrelated = 0
    for article in islice(corpus.iter(), 300):
        for similar in corpus.similar(article.id):
            pairs += 1
            # Pairs that share less than 40 % of their words are unrelated. Chinese is left out: it has no spaces to
            # split at.
            own, other = set(article.text.split()), set(corpus.get(similar.id).text.split())
            unrelated += len(own & other) < 0.4 * len(own | other) and article.language != "zh"
    return {"recall": recall_by_kind, "pairs compared": pairs, "of these unrelated": unrelated}


def save_article(
    corpus: Corpus, generator: Generator, language: str, words: Sequence[str], title: str, number: int
) -> int:
    """Save a generated article and return its id."""
    content = build_cleaned(language, generator.build_text(language, list(words)), title, number)
    return corpus.save(content, f"https://near.example/{number}")


def measure_signatures(generator: Generator) -> float:
    """Return how many articles per second get from text to bands, without a database."""
    texts = [generator.build_text(language, words) for language, words, _ in generator.generate_articles(2000)]
    return (
        len(texts)
        / measure_call(lambda: [compute_lsh_bands(compute_signature(build_shingles(fold(body)))) for body in texts])[0]
    )


EXPORTS = {
    "jsonl": "a.jsonl",
    "csv": "a.csv",
    "parquet": "a.parquet",
    "hf": "dataset",
    "text": "texts",
    "warc": "a.warc.gz",
}


def measure_exports(address: str, scratch: Path) -> dict[str, dict[str, float]]:
    """Return seconds, megabytes and peak memory of each export format, each in a process of its own."""
    # Peak memory is a figure of the process, so each format needs one of its own.
    import subprocess

    results = {}
    for form, name in EXPORTS.items():
        code = (
            "from crawler.cli.group import cleanwire\n"
            f"cleanwire.main(['--database', {address!r}, 'export', '--format', {form!r}, '--output', "
            f"{str(scratch / name)!r}], standalone_mode=False)\n"
            "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
        )
        seconds, done = measure_call(
            lambda code=code: subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        )
        path = scratch / name
        files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
        size = sum(file.stat().st_size for file in files) / 1e6
        results[form] = {"seconds": round(seconds, 1), "MB": round(size, 1), "peak MB": round(int(done.stdout) / 1024)}
    return results


def show_progress(step: str, done: float, total: float) -> None:
    """Print a progress line, if stderr is a terminal."""
    if sys.stderr.isatty():
        print(f"\r{step} {done:,.0f} of {total:,.0f}", end="", file=sys.stderr, flush=True)


def main() -> None:
    """Run all steps and print a report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000, help="articles to generate (default: 10000)")
    parser.add_argument("--database", help="URL of an empty database on a server (default: an SQLite file)")
    parser.add_argument(
        "--raw-database", help="URL of a second empty database for executemany; without it a server skips that step"
    )
    parser.add_argument("--repeat", type=int, default=20, help="queries of each kind (default: 20)")
    parser.add_argument("--edits", type=int, default=50, help="edited copies of each kind (default: 50)")
    parser.add_argument(
        "--skip", default="", help="steps to skip, separated by commas: again, raw, near, exports, copy"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    skip = set(arguments.skip.split(","))
    report: dict[str, Any] = {"articles": arguments.articles}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        address = arguments.database or f"sqlite:///{scratch}/corpus.db"
        peer = arguments.raw_database or (None if arguments.database else f"sqlite:///{scratch}/raw.db")
        with Corpus.open(address, create=True) as corpus:
            report["writing"] = measure_writing(corpus, address, Generator(), arguments.articles)
            if "raw" not in skip and peer:
                report["raw"] = measure_raw_writing(peer, Generator(), min(arguments.articles, 20_000))
            if "again" not in skip:
                report["unchanged, pages a second"] = measure_unchanged_pages(corpus, Generator(), arguments.articles)
            update_table_statistics(address)
            report["searching, ms p50 / p95"] = measure_searches(corpus, Generator(), arguments.repeat)
            if "near" not in skip:
                report["signatures a second"] = measure_signatures(Generator(3))
                report["near-duplicates"] = measure_near_duplicates(corpus, Generator(7), arguments.edits)
            report["bytes an article"] = corpus.stats().bytes / max(1, corpus.stats().articles)
        if "exports" not in skip:
            report["exports"] = measure_exports(address, scratch)
        if "copy" not in skip:
            with Corpus.open(address) as corpus, Corpus.open(f"sqlite:///{scratch}/copy.db", create=True) as target:
                report["copy to SQLite, seconds"], report["rows, all equal"] = measure_call(
                    lambda: sum(corpus.admin.copy_to(target.admin).values())
                )
    report["peak MB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(
        json.dumps(report, indent=2, default=lambda value: round(value, 3)) if arguments.json else format_report(report)
    )


def update_table_statistics(address: str) -> None:
    """Update PostgreSQL's table statistics, as autovacuum would have done in a real crawl.

    Other databases need no such step.
    """
    if address.startswith("postgres"):
        engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))


def format_report(report: dict[str, Any], depth: int = 0) -> str:
    """Format a nested report as indented lines."""
    lines = []
    for name, value in report.items():
        if isinstance(value, dict):
            lines += [f"{'  ' * depth}{name}", format_report(value, depth + 1)]
        else:
            shown = (f"{value:,.3g}" if value < 10 else f"{value:,.0f}") if isinstance(value, float) else value
            lines.append(f"{'  ' * depth}{name:<{32 - 2 * depth}} {shown}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
