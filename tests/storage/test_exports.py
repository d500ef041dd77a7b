"""Articles that left the corpus, read back by other programs' libraries."""

import csv
import io
import json
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import feedparser
import pyarrow.parquet as pq
import pytest
from lxml import etree
from warcio.archiveiterator import ArchiveIterator

from cleaning.article import Removal
from cleaning.output.safe_text import strip_unprintable
from cleaning.usage import UsageStatement
from storage import Archive, Exchange, StoredArticle
from storage.exports import (
    COLUMNS,
    FeedHead,
    MissingPackage,
    arrow_batches,
    arrow_schema,
    atom,
    dataframes,
    dataset_stats,
    feeds,
    json_feed,
    rss,
    to_arrow,
    to_pandas,
    write_csv,
    write_dataset,
    write_jsonl,
    write_parquet,
    write_texts,
    write_warc,
)
from storage.exports.dataset_card import build_dataset_card
from storage.exports.dataset_stats import StatsCollector
from storage.exports.text_files import MAX_NAME_BYTES, make_file_name

NAIROBI = timezone(timedelta(hours=3))
MORNING = datetime(2024, 10, 1, 1, 30, tzinfo=NAIROBI)
FETCHED = datetime(2024, 10, 1, 12, 0, 0, 123456, tzinfo=UTC)

PLAIN = StoredArticle(
    id=12,
    url="https://www.wire.example/flood",
    canonical_url="https://wire.example/news/flood",
    source="wire.example",
    title="Flood in Mombasa",
    text="The river rose on Monday.\n\nOfficials said:\n“Stay & wait <inside>.”",
    authors=("Halima Osman", "Ali Musa"),
    organisations=(),
    editors=("Hodan Warsan",),
    translators=(),
    contributors=(),
    credits=("Dhow Post international",),
    photo_credits=(),
    dateline=None,
    published=MORNING,
    published_precision="minute",
    modified=None,
    modified_precision=None,
    language="en",
    language_confidence=0.99,
    site_name="The Wire",
    section=None,
    tags=("floods", "coast"),
    description="A river left its bed.",
    image=None,
    licence="https://creativecommons.org/licenses/by/4.0/",
    page_type="NewsArticle",
    paywalled=None,
    robots=("noai",),
    tdm_reserved=True,
    tdm_policy=None,
    usage_statements=(UsageStatement("Content-Usage header", "ai-train", False, None, "train-ai=n"),),
    word_count=9,
    content_hash="ab" * 32,
    flags=(),
    provenance={"title": "json-ld", "editors": "line"},
    removals=(Removal("drop_boilerplate_lines", "editor", "Edited by: Hodan Warsan"),),
    stored_at=FETCHED,
    fetched_at=FETCHED,
    outcome="stored",
    version=1,
    gone_at=None,
    cleaner="0.1.0+0123abcd",
    cluster_id=None,
)
UNDATED = replace(PLAIN, id=13, url="https://wire.example/13", canonical_url=None, published=None, authors=())
ETHIOPIC = replace(PLAIN, id=14, title="የሐይቁ ዳር ትምህርት ቤት " * 15, language="am", url="https://wire.example/ዜና/14")
HOSTILE = (
    "../../etc/passwd",
    "=cmd|'/c calc'!A1",
    "C:\\Windows\\..\\CON",
    "nul\0byte",
    "\u202egnp.exe\u202c \u200f",
    "new\nline\r\ttab",
    "….",
    "𝕱𝖑𝖔𝖔𝖉 😀 ]]> <script>alert(1)</script> &amp; `| # *",
    "\x1b[2J\x07\ufffe",
    "x" * 300,
    "ትምህርት" * 60,
    "वर्षा से बाढ़ " * 30,
)
ARTICLES = (PLAIN, UNDATED, ETHIOPIC, *(replace(PLAIN, id=100 + n, title=title) for n, title in enumerate(HOSTILE)))


def as_plain(article: StoredArticle) -> dict[str, Any]:
    """What a table should hold of an article."""
    values = article.as_json()
    for column in COLUMNS:
        if column.kind == "moment":
            moment = getattr(article, column.name)
            values[column.name] = moment and moment.astimezone(UTC)
    values["provenance"] = [{"field": name, "origin": origin} for name, origin in article.provenance.items()]
    return values


def test_the_columns_are_an_articles_fields() -> None:
    assert [column.name for column in COLUMNS] == [field.name for field in fields(StoredArticle)]


# JSON Lines and CSV


def test_json_lines_come_back() -> None:
    stream = io.StringIO()
    breaking = replace(PLAIN, text="one\u2028two\x85three\u2029four")
    assert write_jsonl([*ARTICLES, breaking], stream) == len(ARTICLES) + 1
    lines = stream.getvalue().splitlines()
    assert [json.loads(line) for line in lines] == [article.as_json() for article in [*ARTICLES, breaking]]
    assert "የሐይቁ" in lines[2]


def read_csv(*articles: StoredArticle) -> list[dict[str, str]]:
    stream = io.StringIO()
    assert write_csv(articles, stream) == len(articles)
    return list(csv.DictReader(io.StringIO(stream.getvalue(), newline=""), strict=True))


def test_csv_comes_back() -> None:
    (row,) = read_csv(PLAIN)
    assert list(row) == [column.name for column in COLUMNS]
    assert (row["text"], row["authors"], row["translators"]) == (PLAIN.text, "Halima Osman; Ali Musa", "")
    assert (row["published"], row["modified"]) == ("2024-10-01T01:30:00+03:00", "")
    assert (row["id"], row["paywalled"], row["tdm_reserved"], row["dateline"]) == ("12", "", "true", "")
    assert json.loads(row["removals"]) == PLAIN.as_json()["removals"]
    assert json.loads(row["provenance"]) == PLAIN.provenance


@pytest.mark.parametrize("start", "=+-@\t\r\n＝＋－＠", ids=lambda start: f"{ord(start):04x}")
def test_csv_holds_no_formula(start: str) -> None:
    formula = f"{start}cmd|'/c calc'!A1"
    texts: dict[str, Any] = {column.name: formula for column in COLUMNS if column.kind == "text"}
    lists: dict[str, Any] = {column.name: (formula, "y") for column in COLUMNS if column.kind == "texts"}
    (row,) = read_csv(replace(PLAIN, **texts, **lists))
    assert {name: row[name] for name in texts} == dict.fromkeys(texts, f"'{formula}")
    assert {name: row[name] for name in lists} == dict.fromkeys(lists, f"'{formula}; y")
    assert not [name for name, cell in row.items() if cell.startswith(start)]


def test_csv_takes_every_title() -> None:
    rows = read_csv(*ARTICLES)
    assert [row["title"].removeprefix("'") for row in rows] == [
        (article.title or "").replace("\0", "") for article in ARTICLES
    ]


# Parquet, Arrow, pandas


def test_parquet_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "articles.parquet"
    with path.open("wb") as stream:
        assert write_parquet(ARTICLES, stream) == len(ARTICLES)
    table = pq.read_table(path)
    assert table.schema.equals(arrow_schema())
    assert table.schema.field("published").metadata[b"about"].startswith(b"first publication")
    assert str(table.schema.field("published").type) == "timestamp[us, tz=UTC]"
    assert table.to_pylist() == [as_plain(article) for article in ARTICLES]
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"


def test_parquet_without_articles_has_its_columns(tmp_path: Path) -> None:
    with (tmp_path / "none.parquet").open("wb") as stream:
        assert write_parquet([], stream) == 0
    assert pq.read_table(tmp_path / "none.parquet").schema.equals(arrow_schema())


def test_batches_end_at_rows_and_at_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataframes, "BATCH_ROWS", 3)
    monkeypatch.setattr(dataframes, "BATCH_CHARACTERS", 1_000)
    long = replace(PLAIN, text="x" * 1_000)
    articles = [PLAIN, PLAIN, PLAIN, long, PLAIN, long, PLAIN]
    assert [batch.num_rows for batch in arrow_batches(articles)] == [3, 1, 2, 1]


def test_articles_are_taken_as_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataframes, "BATCH_ROWS", 2)
    taken: list[int] = []

    def articles() -> Iterator[StoredArticle]:
        for number in range(10):
            taken.append(number)
            yield PLAIN

    next(arrow_batches(articles()))
    assert taken == [0, 1]


def test_frames() -> None:
    assert to_arrow(ARTICLES).num_rows == len(ARTICLES)
    assert to_arrow([]).schema.equals(arrow_schema())
    frame = to_pandas(ARTICLES)
    assert list(frame.columns) == [column.name for column in COLUMNS]
    assert frame["published"].dt.tz is not None
    assert frame.loc[0, "published"] == MORNING
    assert list(frame.loc[0, "authors"]) == ["Halima Osman", "Ali Musa"]
    assert (str(frame["paywalled"].dtype), str(frame["id"].dtype)) == ("boolean", "int64")


@pytest.mark.parametrize("package", ["pyarrow", "pandas"])
def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackage, match="pip install"):
        to_pandas([PLAIN])
    if package == "pyarrow":
        with pytest.raises(MissingPackage, match=r"Parquet needs pyarrow: pip install 'cleanwire\[parquet\]'"):
            write_dataset([PLAIN], tmp_path / "dataset")
        assert not list(tmp_path.iterdir())


# Hugging Face


def test_a_dataset_comes_back(tmp_path: Path) -> None:
    assert write_dataset(ARTICLES, tmp_path / "dataset", title='News: "the coast"') == len(ARTICLES)
    files = sorted(path.relative_to(tmp_path / "dataset").as_posix() for path in tmp_path.rglob("*.*"))
    assert files == ["README.md", "data/train-00000-of-00001.parquet"]
    assert pq.read_table(tmp_path / "dataset/data").num_rows == len(ARTICLES)
    _, front, body = (tmp_path / "dataset/README.md").read_text("utf-8").split("---\n", 2)
    assert front.startswith('pretty_name: "News: \\"the coast\\""\nlanguage:\n- "am"\n- "en"\nlicense: other\n')
    assert '- "n<1K"\n' in front
    assert 'path: "data/train-*.parquet"' in front
    assert "published 2024-09-30 to 2024-09-30 (1 without a date)" in body
    assert f"| `en` | {len(ARTICLES) - 1} |" in body
    assert f"| `wire.example` | {len(ARTICLES)} |" in body
    assert f"| `https://creativecommons.org/licenses/by/4.0/` | {len(ARTICLES)} |" in body
    assert "belong to those who wrote" in body
    assert all(f"| `{column.name}` |" in body for column in COLUMNS)


def test_shards_have_a_bounded_size_and_their_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataframes, "BATCH_ROWS", 5)
    assert write_dataset(ARTICLES, tmp_path, shard_bytes=1) == 15
    names = [path.name for path in sorted((tmp_path / "data").iterdir())]
    assert names == [f"train-0000{number}-of-00003.parquet" for number in range(3)]
    read = [row["id"] for name in names for row in pq.read_table(tmp_path / "data" / name).to_pylist()]
    assert read == [article.id for article in ARTICLES]


def test_a_dataset_without_articles(tmp_path: Path) -> None:
    assert write_dataset([], tmp_path / "none") == 0
    assert pq.read_table(tmp_path / "none/data/train-00000-of-00001.parquet").num_rows == 0


def test_a_card_quotes_what_pages_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_stats, "MAX_LICENCES", 1)
    counted = StatsCollector()
    bad = "x`|[a](javascript:b)\n---\n# Heading"
    odd = replace(PLAIN, licence=bad, language="unknown", source="no")
    list(counted.count_articles([odd, odd, replace(PLAIN, language="no"), replace(PLAIN, licence="y")]))
    figures = counted.build_stats()
    assert figures.by_licence == {bad: 2, dataset_stats.OTHER_LICENCES_LABEL: 2}
    text = build_dataset_card(figures, bad)
    assert "| `x'\\|[a](javascript:b) --- # Heading` | 2 |" in text
    assert '- "no"\n' in text
    assert '"unknown"' not in text
    assert text.count("\n---\n") == 1


# Text files


def test_text_files(tmp_path: Path) -> None:
    assert write_texts(ARTICLES, tmp_path / "texts") == len(ARTICLES)
    assert len(list((tmp_path / "texts").iterdir())) == len(ARTICLES)
    assert [path.name for path in tmp_path.iterdir()] == ["texts"]
    path = tmp_path / "texts" / "2024-10-01_wire.example_12_flood-in-mombasa.txt"
    assert path.read_text("utf-8") == f"Flood in Mombasa\n\n{PLAIN.text}\n"


@pytest.mark.parametrize("title", HOSTILE)
@pytest.mark.parametrize("source", ["wire.example", "../../etc", "con", "x" * 250, "127.0.0.1:8080", "…"])
def test_names_of_files(title: str, source: str) -> None:
    name = make_file_name(replace(PLAIN, id=2**63 - 1, title=title, source=source))
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert name.startswith("2024-10-01_")
    assert f"_{2**63 - 1}" in name
    assert name.endswith(".txt")
    kinds = {unicodedata.category(char)[0] for char in name} - set("LMN")
    assert kinds <= {"P"}
    assert not set("/\\:;'\"*?|<>&$`") & set(name)
    assert ".." not in name


def test_names_without_a_date_or_a_title() -> None:
    assert make_file_name(replace(UNDATED, title=None)) == "undated_wire.example_13.txt"
    assert make_file_name(replace(UNDATED, title="???")) == "undated_wire.example_13.txt"
    long = make_file_name(replace(PLAIN, title="የሐይቁ ዳር ትምህርት ቤት " * 15))
    assert long.startswith("2024-10-01_wire.example_12_የሐይቁ-ዳር-ትምህርት-ቤት")
    assert len(long.encode()) > 100


# WARC


def read_warc(data: bytes) -> list[tuple[str, str | None, str | None, bytes]]:
    return [
        (
            record.rec_type,
            record.rec_headers.get_header("WARC-Target-URI"),
            record.rec_headers.get_header("Content-Type"),
            record.content_stream().read(),
        )
        for record in ArchiveIterator(io.BytesIO(data), check_digests="raise")
    ]


def test_warc_of_texts() -> None:
    stream = io.BytesIO()
    odd = replace(PLAIN, title=None, text="HTTP/1.1 200 OK\n\nWARC/1.1\n")
    assert write_warc([PLAIN, ETHIOPIC, odd], stream) == 3
    about, *records = read_warc(stream.getvalue())
    assert about[0] == "warcinfo"
    assert {(kind, content_type) for kind, _, content_type, _ in records} == {
        ("conversion", "text/plain; charset=utf-8")
    }
    assert [body.decode() for *_, body in records] == [
        f"{PLAIN.title}\n\n{PLAIN.text}\n",
        f"{ETHIOPIC.title}\n\n{ETHIOPIC.text}\n",
        f"{odd.text}\n",
    ]
    assert [url for _, url, *_ in records] == [
        PLAIN.url,
        "https://wire.example/%E1%8B%9C%E1%8A%93/14",
        PLAIN.url,
    ]
    stream.seek(0)
    record = list(ArchiveIterator(stream))[1]
    assert record.rec_headers.protocol == "WARC/1.1"
    assert record.rec_headers.get_header("WARC-Date") == "2024-10-01T12:00:00.123456Z"


def test_warc_of_pages_from_the_archive(corpus: Any, crawl: Any, cleaned: Any, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "pages")
    body = "<html>ግብረ መልስ".encode()
    crawl.find("https://wire.example/a", "https://wire.example/b")
    for lease in crawl.lease():
        exchange = Exchange(lease.url, FETCHED, 200, "OK", (), ((b"Content-Type", b"text/html"),), body)
        archived = archive.write(exchange) if lease.url.endswith("a") else None
        content = cleaned(f"It rained on {lease.url} all night, officials said.")
        assert crawl.frontier.record_fetches([crawl.page(lease, content, fetched_at=FETCHED, archived=archived)]) == [
            "stored"
        ]

    def page_of(article: StoredArticle) -> Exchange | None:
        return corpus.read_archived_page(article.id, archive_folder=tmp_path / "pages")

    stream = io.BytesIO()
    assert write_warc(corpus.iter(), stream, page_of) == 2
    records = read_warc(stream.getvalue())
    kinds = [kind for kind, *_ in records]
    assert kinds in (
        ["warcinfo", "response", "request", "conversion"],
        ["warcinfo", "conversion", "response", "request"],
    )
    assert [(url, content) for kind, url, _, content in records if kind == "response"] == [
        ("https://wire.example/a", body)
    ]
    for path in (tmp_path / "pages").iterdir():
        path.unlink()
    assert write_warc(corpus.iter(), again := io.BytesIO(), page_of) == 2
    assert [kind for kind, *_ in read_warc(again.getvalue())] == ["warcinfo", "conversion", "conversion"]


# Feeds

HEAD = FeedHead("Floods & <droughts>\x00", "https://desk.example/floods?a=1&b=2", FETCHED)


@pytest.mark.parametrize("write", [atom, rss])
@pytest.mark.parametrize("head", [HEAD, FeedHead("No page", None, FETCHED)], ids=["link", "no-link"])
def test_xml_feeds_are_well_formed(write: Any, head: FeedHead) -> None:
    text = write(ARTICLES, head)
    titles = etree.fromstring(text.encode()).iter("{*}title")
    assert next(titles).text == head.title.replace("\0", "")
    read = feedparser.parse(text)
    assert not read.bozo
    assert read.version == {atom: "atom10", rss: "rss20"}[write]
    assert len(read.entries) == len(ARTICLES)
    first, undated = read.entries[:2]
    assert (first.title, first.id, first.link) == (PLAIN.title, PLAIN.canonical_url, PLAIN.canonical_url)
    assert first.published_parsed[:5] == (2024, 9, 30, 22, 30)
    assert [tag.term for tag in first.tags] == ["floods", "coast"]
    assert first.content[0].value.endswith("<br />“Stay &amp; wait &lt;inside&gt;.”</p>")
    assert "published" not in undated
    assert first.rights == PLAIN.licence


def test_atom_has_what_it_must() -> None:
    nobody = replace(UNDATED, organisations=(), site_name=None, title=None, modified=MORNING)
    for entry in etree.fromstring(atom([*ARTICLES, nobody], HEAD).encode()).iterfind("{*}entry"):
        for name in ("id", "title", "updated", "author/{*}name"):
            assert entry.findtext(f"{{*}}{name}"), name
    read = feedparser.parse(atom([PLAIN, UNDATED, nobody], HEAD))
    assert read.feed.id == read.feed.link == HEAD.link
    assert read.feed.updated == "2024-10-01T12:00:00+00:00"
    assert [entry.updated for entry in read.entries] == [
        "2024-10-01T01:30:00+03:00",
        "2024-10-01T12:00:00+00:00",
        "2024-10-01T01:30:00+03:00",
    ]
    assert [entry.author for entry in read.entries[1:]] == ["The Wire", "wire.example"]
    assert read.entries[2].title.startswith("The river rose")


def test_titles_in_feeds_are_what_they_were_but_for_what_turns_lines() -> None:
    root = etree.fromstring(atom(ARTICLES, HEAD).encode())
    titles = [entry.findtext("{*}title") for entry in root.iterfind("{*}entry")]
    for title, article in zip(titles, ARTICLES, strict=True):
        assert title is not None
        assert title == strip_unprintable(article.title or "")


def test_json_feed() -> None:
    feed = json.loads(json_feed(ARTICLES, HEAD))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["title"], feed["home_page_url"]) == (HEAD.title, HEAD.link)
    first, undated = feed["items"][:2]
    assert (first["id"], first["content_text"]) == (PLAIN.canonical_url, PLAIN.text)
    assert (first["date_published"], first["language"]) == ("2024-10-01T01:30:00+03:00", "en")
    assert first["authors"] == [{"name": "Halima Osman"}, {"name": "Ali Musa"}]
    assert not {"date_published", "authors"} & set(undated)
    assert all(value is not None for item in feed["items"] for value in item.values())


def test_ids_of_feeds_are_stable() -> None:
    nameless = FeedHead("Floods", None, FETCHED)
    assert nameless.id == FeedHead("Floods", None, MORNING).id != FeedHead("Droughts", None, FETCHED).id
    changed = replace(PLAIN, title="Flood recedes", text="It did.", version=2, modified=FETCHED)
    assert feeds.make_entry_id(changed) == feeds.make_entry_id(PLAIN)
