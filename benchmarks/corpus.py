"""What the corpus costs, on each database: writing, searching, near-duplicates, exports, copying.

    python benchmarks/corpus.py --articles 100000
    python benchmarks/corpus.py --articles 20000 --database postgresql://me@127.0.0.1/empty --json

The articles are generated, in six languages, from a vocabulary whose words are as unequally frequent as in news; a
tenth are edited copies of others. Everything is beside a peer in the same run: raw ``executemany`` into the same
tables, and the database's own full-text query.
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
WORDS = 20_000
START = datetime(2024, 1, 1, tzinfo=UTC)
BATCH = 100
COPIES = 0.1
HOUSEKEEPING = 5_000
"""Articles after which a server looks at its tables again; autovacuum does so by itself, where it is on."""


class Generator:
    """Articles of about 3 kB, the same for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self._words = {language: self._vocabulary(letters) for language, letters in LETTERS.items()}
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(WORDS)))

    def _vocabulary(self, letters: str) -> list[str]:
        if len(letters) > 40 or letters[0] == "的":
            return [self._chance.choice(letters) + self._chance.choice(letters) for _ in range(WORDS)]
        return ["".join(self._chance.choices(letters, k=self._chance.randint(2, 10))) for _ in range(WORDS)]

    def words(self, language: str, count: int) -> list[str]:
        return self._chance.choices(self._words[language], cum_weights=self._weights, k=count)

    def text(self, language: str, words: Sequence[str]) -> str:
        joint = "" if language == "zh" else " "
        return "\n\n".join(joint.join(words[start : start + 60]) + "." for start in range(0, len(words), 60))

    def articles(self, count: int) -> Iterator[tuple[str, list[str], str]]:
        """Language, words, and the title."""
        languages = list(LETTERS)
        lately: list[tuple[str, list[str]]] = []
        for number in range(count):
            if lately and self._chance.random() < COPIES:
                language, words = self._chance.choice(lately)
                words = self.edited(language, words, 0.05)
            else:
                language = languages[number % len(languages)]
                words = self.words(language, {"zh": 500, "ar": 300, "am": 260}.get(language, 480))
            lately = [*lately[-200:], (language, words)]
            yield language, words, " ".join(self.words(language, 8)).capitalize()

    def edited(self, language: str, words: Sequence[str], share: float) -> list[str]:
        new = self.words(language, len(words))
        return [other if self._chance.random() < share else word for word, other in zip(words, new, strict=True)]


def cleaned(language: str, body: str, title: str, number: int) -> Cleaned:
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


def timed(step: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    value = step()
    return time.perf_counter() - started, value


def pages(frontier: Any, generator: Generator, source_id: int, count: int) -> Iterator[list[FetchedPage]]:
    """Batches of fetched pages, leased as in a crawl."""
    made = enumerate(generator.articles(count))
    while some := list(islice(made, BATCH)):
        contents = {}
        for number, (language, words, title) in some:
            url = f"https://wire{number % 50}.example/news/{number}"
            contents[url] = cleaned(language, generator.text(language, words), title, number)
        frontier.add(Candidate(url, make_url_key(url), source_id, "feed") for url in contents)
        leases = frontier.lease(BATCH, busy={}, per_host=BATCH, sources=[source_id])
        yield [
            FetchedPage(lease, lease.url, 200, "article", None, START, 10, 30_000, contents[lease.url])
            for lease in leases
        ]


def write(corpus: Corpus, address: str, generator: Generator, count: int) -> dict[str, float]:
    """The one write path: looking up, deciding, article, index, credits, near-duplicates, fetch, frontier."""
    source = corpus.crawl.get_or_create_source("https://wire.example")
    frontier = corpus.crawl.open_frontier(corpus.crawl.start_run("benchmark"))
    seconds = stored = 0.0
    for batch in pages(frontier, generator, source.id, count):
        spent, outcomes = timed(lambda batch=batch: frontier.record_fetches(batch))
        seconds += spent
        stored += outcomes.count("stored")
        progress("writing", stored, count)
        if stored % HOUSEKEEPING < BATCH:
            settle(address)
    return {"articles a second": stored / seconds, "seconds": seconds, "stored": stored}


def write_again(corpus: Corpus, generator: Generator, count: int) -> float:
    """The same pages a second time: pages a second."""
    (source,) = corpus.sources()
    frontier = corpus.crawl.open_frontier(corpus.crawl.start_run("again"))
    with corpus._database.write() as connection:
        again = FrontierRow.__table__.update().where(FrontierRow.id <= count)
        connection.execute(again.values(state="queued", run_id=None, not_before=None))
    seconds = done = 0.0
    contents = {
        f"https://wire{number % 50}.example/news/{number}": (language, words, title, number)
        for number, (language, words, title) in enumerate(generator.articles(count))
    }
    while leases := frontier.lease(BATCH, busy={}, per_host=BATCH, sources=[source.id]):
        batch = []
        for lease in leases:
            language, words, title, number = contents[lease.url]
            content = cleaned(language, generator.text(language, words), title, number)
            batch.append(FetchedPage(lease, lease.url, 200, "article", None, START, 10, 30_000, content))
        spent, outcomes = timed(lambda batch=batch: frontier.record_fetches(batch))
        assert set(outcomes) == {"unchanged"}, set(outcomes)
        seconds += spent
        done += len(batch)
    return done / seconds


def raw(address: str, generator: Generator, count: int) -> dict[str, float]:
    """The same rows by bare ``executemany`` into article, fetch and search index, nothing looked up or decided."""
    rates = {}
    with Corpus.open(address, create=True) as corpus:
        source = corpus.crawl.get_or_create_source("https://wire.example")
        run_id = corpus.crawl.start_run("raw")
        frontier = corpus.crawl.open_frontier(run_id)
        article_seconds = index_seconds = 0.0
        next_id = 1
        for batch in pages(frontier, generator, source.id, count):
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


def percentiles(times: list[float]) -> str:
    ordered = sorted(times)
    return f"{1000 * statistics.median(ordered):.1f} / {1000 * ordered[int(0.95 * (len(ordered) - 1))]:.1f}"


def searches(corpus: Corpus, generator: Generator, repeat: int) -> dict[str, dict[str, str]]:
    """p50 / p95 in milliseconds, beside the database's own full-text query for the same words."""
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
    found: dict[str, dict[str, str]] = {}
    for kind, asked in queries.items():
        ours, bare = [], []
        for query, options in asked:
            ours.append(timed(lambda query=query, options=options: corpus.search(query, limit=20, **options))[0])
            bare.append(timed(lambda query=query: bare_query(corpus, query))[0])
        found[kind] = {"ours": percentiles(ours), "bare full text": percentiles(bare)}
    facets = [timed(lambda word=word: corpus.counts("source", word))[0] for word, _ in frequent]
    days = [timed(lambda word=word: corpus.counts("day", word))[0] for word, _ in frequent]
    found["facet: source"] = {"ours": percentiles(facets)}
    found["facet: day"] = {"ours": percentiles(days)}
    return found


def bare_query(corpus: Corpus, query: str) -> None:
    """Ids of the 20 best, by the search index alone."""
    words = parse_query(query).words
    assert words is not None
    with corpus._database.read() as connection:
        index = fulltext_index.get_index(connection)
        best = (
            select(index.article_id).where(index.build_condition(words)).order_by(index.score(words).desc()).limit(20)
        )
        connection.execute(best).all()


EDITS: dict[str, Callable[[Generator, str, list[str]], list[str]]] = {
    "5 % edited": lambda g, language, words: g.edited(language, words, 0.05),
    "10 % edited": lambda g, language, words: g.edited(language, words, 0.10),
    "20 % edited": lambda g, language, words: g.edited(language, words, 0.20),
    "another first paragraph": lambda g, language, words: [*g.words(language, 60), *words[60:]],
    "120 words of boilerplate": lambda g, language, words: [*words, *g.words(language, 120)],
    "30 % cut": lambda g, language, words: words[: int(0.7 * len(words))],
}


def nearness(corpus: Corpus, generator: Generator, each: int) -> dict[str, Any]:
    """Recall of edited copies through the corpus, and how many strangers are taken for copies."""
    recall = {}
    number = 10_000_000
    for kind, edit in EDITS.items():
        found = 0
        for language, words, title in islice(Generator(99).articles(each * 2), each):
            original = save(corpus, generator, language, words, title, number)
            copy = save(corpus, generator, language, edit(generator, language, words), f"{title} again", number + 1)
            found += any(similar.id == original for similar in corpus.similar(copy))
            number += 2
        recall[kind] = found / each
    strangers = wrong = 0
    for article in islice(corpus.iter(), 300):
        for similar in corpus.similar(article.id):
            strangers += 1
            own, other = set(article.text.split()), set(corpus.get(similar.id).text.split())
            wrong += len(own & other) < 0.4 * len(own | other) and article.language != "zh"
    return {"recall": recall, "pairs looked at": strangers, "of them of strangers": wrong}


def save(corpus: Corpus, generator: Generator, language: str, words: Sequence[str], title: str, number: int) -> int:
    content = cleaned(language, generator.text(language, list(words)), title, number)
    return corpus.save(content, f"https://near.example/{number}")


def signatures(generator: Generator) -> float:
    """Articles a second from text to bands, without a database."""
    texts = [generator.text(language, words) for language, words, _ in generator.articles(2000)]
    return (
        len(texts)
        / timed(lambda: [compute_lsh_bands(compute_signature(build_shingles(fold(body)))) for body in texts])[0]
    )


EXPORTS = {
    "jsonl": "a.jsonl",
    "csv": "a.csv",
    "parquet": "a.parquet",
    "hf": "dataset",
    "text": "texts",
    "warc": "a.warc.gz",
}


def exports(address: str, scratch: Path) -> dict[str, dict[str, float]]:
    """Seconds, megabytes and peak memory of each format, each in a process of its own."""
    import subprocess

    found = {}
    for form, name in EXPORTS.items():
        code = (
            "from crawler.cli.group import cleanwire\n"
            f"cleanwire.main(['--database', {address!r}, 'export', '--format', {form!r}, '--output', "
            f"{str(scratch / name)!r}], standalone_mode=False)\n"
            "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
        )
        seconds, done = timed(
            lambda code=code: subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        )
        path = scratch / name
        files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
        size = sum(file.stat().st_size for file in files) / 1e6
        found[form] = {"seconds": round(seconds, 1), "MB": round(size, 1), "peak MB": round(int(done.stdout) / 1024)}
    return found


def progress(step: str, done: float, of: float) -> None:
    if sys.stderr.isatty():
        print(f"\r{step} {done:,.0f} of {of:,.0f}", end="", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--database", help="an empty database on a server; by default an SQLite file")
    parser.add_argument("--raw-database", help="a second empty one, for the peer; left out on a server without it")
    parser.add_argument("--repeat", type=int, default=20, help="queries of each kind")
    parser.add_argument("--edits", type=int, default=50, help="edited copies of each kind")
    parser.add_argument("--skip", default="", help="steps to leave out, by commas: again, raw, near, exports, copy")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    skip = set(arguments.skip.split(","))
    report: dict[str, Any] = {"articles": arguments.articles}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        address = arguments.database or f"sqlite:///{scratch}/corpus.db"
        peer = arguments.raw_database or (None if arguments.database else f"sqlite:///{scratch}/raw.db")
        with Corpus.open(address, create=True) as corpus:
            report["writing"] = write(corpus, address, Generator(), arguments.articles)
            if "raw" not in skip and peer:
                report["raw"] = raw(peer, Generator(), min(arguments.articles, 20_000))
            if "again" not in skip:
                report["unchanged, pages a second"] = write_again(corpus, Generator(), arguments.articles)
            settle(address)
            report["searching, ms p50 / p95"] = searches(corpus, Generator(), arguments.repeat)
            if "near" not in skip:
                report["signatures a second"] = signatures(Generator(3))
                report["near-duplicates"] = nearness(corpus, Generator(7), arguments.edits)
            report["bytes an article"] = corpus.stats().bytes / max(1, corpus.stats().articles)
        if "exports" not in skip:
            report["exports"] = exports(address, scratch)
        if "copy" not in skip:
            with Corpus.open(address) as corpus, Corpus.open(f"sqlite:///{scratch}/copy.db", create=True) as target:
                report["copy to SQLite, seconds"], report["rows, all equal"] = timed(
                    lambda: sum(corpus.admin.copy_to(target.admin).values())
                )
    report["peak MB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(report, indent=2, default=lambda value: round(value, 3)) if arguments.json else told(report))


def settle(address: str) -> None:
    """Have a server know its tables, as its own housekeeping would have done by then."""
    if address.startswith("postgres"):
        engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))


def told(report: dict[str, Any], depth: int = 0) -> str:
    lines = []
    for name, value in report.items():
        if isinstance(value, dict):
            lines += [f"{'  ' * depth}{name}", told(value, depth + 1)]
        else:
            shown = (f"{value:,.3g}" if value < 10 else f"{value:,.0f}") if isinstance(value, float) else value
            lines.append(f"{'  ' * depth}{name:<{32 - 2 * depth}} {shown}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
