"""As many articles as a test wants, assembled from our own sentences: for crawls of hundreds of pages."""

import random
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files

from crawler.demo.demo_article import BlockKind, DemoArticle, DemoBlock
from crawler.demo.demo_site import DemoSite
from crawler.demo.theme import SECTIONS, make_slug

FIRST_PUBLISHED = datetime(2024, 1, 1, 6, 0, tzinfo=UTC)
ARTICLE_INTERVAL = timedelta(minutes=47)


def make_big_site(count: int, *, seed: int = 1, feeds: bool = True, sitemaps: bool = True) -> DemoSite:
    """A site with ``count`` generated articles in English: all different, the same ones for the same seed.

    >>> len(make_big_site(3).articles)
    3
    """
    return DemoSite(generate_articles(count, seed), feeds=feeds, sitemaps=sitemaps, page_size=25)


def generate_articles(count: int, seed: int = 1) -> tuple[DemoArticle, ...]:
    """``count`` articles of more than 150 words each, no two with one title or path in common.

    The numbers, names and places of a sentence differ from article to article."""
    chance = random.Random(seed)  # noqa: S311 - prose, no secrets
    return tuple(_generate_article(number, chance) for number in range(1, count + 1))


def _generate_article(number: int, chance: random.Random) -> DemoArticle:
    stock = _load_sentences()
    words = _choose_cast(chance)
    title = _fill_sentence(chance.choice(stock["titles"]), words, chance)
    published = FIRST_PUBLISHED + number * ARTICLE_INTERVAL
    author, editor = _choose_name(chance), _choose_name(chance)
    blocks = [DemoBlock(BlockKind.PARAGRAPH, (paragraph,)) for paragraph in _generate_paragraphs(words, chance)]
    tail = (f"Edited by: {editor}", "Dhow Post international–Monitoring")
    blocks.append(DemoBlock(BlockKind.BOILERPLATE, tail, shape="p"))
    return DemoArticle(
        path=f"/{published:%Y/%m}/{make_slug(title)}-{number}/",
        language="en",
        title=f"{title} ({number})",
        summary=blocks[0].lines[0],
        section=chance.choice(list(SECTIONS)),
        published=published,
        tags=(words["goods"], words["place"]),
        authors=(author,),
        editors=(editor,),
        credits=("Dhow Post international",),
        markup=chance.choice(["json-ld", "opengraph", "time-tag"]),
        blocks=tuple(blocks),
    )


@cache
def _load_sentences() -> Mapping[str, Sequence[str]]:
    return tomllib.loads((files("crawler.demo") / "sentences.toml").read_text("utf-8"))


def _choose_cast(chance: random.Random) -> dict[str, str]:
    """The people, places and things of one article."""
    stock = _load_sentences()
    place, other = chance.sample(stock["places"], 2)
    return {
        "place": place,
        "other": other,
        "person": _choose_name(chance),
        "second": _choose_name(chance),
        "role": chance.choice(stock["roles"]),
        "office": chance.choice(stock["offices"]),
        "thing": chance.choice(stock["things"]),
        "goods": chance.choice(stock["goods"]),
    }


def _generate_paragraphs(words: Mapping[str, str], chance: random.Random) -> list[str]:
    stock = _load_sentences()
    facts = chance.sample(stock["facts"], 6)
    quotes = chance.sample(stock["quotes"], 3)
    backgrounds = chance.sample(stock["backgrounds"], 2)
    plan = [
        [chance.choice(stock["leads"]), facts[0]],
        [facts[1], facts[2], quotes[0]],
        [backgrounds[0], facts[3]],
        [quotes[1], facts[4]],
        [backgrounds[1], facts[5], quotes[2]],
        [chance.choice(stock["ends"])],
    ]
    return [" ".join(_fill_sentence(sentence, words, chance) for sentence in paragraph) for paragraph in plan]


def _fill_sentence(sentence: str, words: Mapping[str, str], chance: random.Random) -> str:
    """A sentence with its places filled; numbers and days are drawn anew for each."""
    stock = _load_sentences()
    filled = sentence.format(
        **words,
        n=chance.randrange(101, 998),
        m=chance.randrange(12, 99),
        k=chance.randrange(2, 12),
        day=chance.choice(stock["days"]),
        month=chance.choice(stock["months"]),
    )
    return filled[0].upper() + filled[1:]


def _choose_name(chance: random.Random) -> str:
    stock = _load_sentences()
    return f"{chance.choice(stock['first_names'])} {chance.choice(stock['last_names'])}"
