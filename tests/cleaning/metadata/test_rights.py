"""What a page says about its use: licence, robots, text and data mining, and whether reading it is free."""

import pytest

from cleaning.html.tree import parse_html
from cleaning.metadata.declared import DeclaredValue, collect_declared_metadata
from cleaning.metadata.jsonld import find_article, parse_scripts
from cleaning.metadata.rights import Rights, read_rights

URL = "https://ferry.example/2024/landing"


def rights_of(head: str = "", body: str = "") -> Rights:
    tree = parse_html(
        f"<html><head><title>Ferry</title>{head}</head><body><h1>Ferry</h1><p>Text</p>{body}</body></html>"
    )
    seen = collect_declared_metadata(tree)
    return read_rights(seen, find_article(parse_scripts(seen.scripts)), URL)


def json_ld(members: str) -> str:
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Ferry", {members}}}</script>'


BY = "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    ("head", "body", "licence", "source"),
    [
        (f"<link rel=license href={BY}>", "", BY, "link"),
        ("<link rel=license href=/terms>", "", "https://ferry.example/terms", "link"),
        ("", f'<footer><a rel="license noopener" href={BY.removeprefix("https:")}>CC BY</a></footer>', BY, "link"),
        (json_ld(f'"license": "{BY}"'), "", BY, "json-ld"),
        (json_ld(f'"license": {{"@type": "CreativeWork", "url": "{BY}"}}'), "", BY, "json-ld"),
        (json_ld(f'"license": "{BY}"'), "<a rel=license href=/other>x</a>", BY, "json-ld"),
        ("", f"<span itemscope><a itemprop=license href={BY}>CC BY</a></span>", BY, "microdata"),
        ("<meta name=DCTERMS.license content='CC BY-SA 4.0'>", "", "CC BY-SA 4.0", "dublin-core"),
        (
            "<meta name=dc.rights content='Open Government Licence v3.0'>",
            "",
            "Open Government Licence v3.0",
            "dublin-core",
        ),
    ],
)
def test_licence(head: str, body: str, licence: str, source: str) -> None:
    assert rights_of(head, body).licence == DeclaredValue(licence, source)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("<meta name=dc.rights content='© 2024 The Ferry Times. All rights reserved.'>", ""),
        ("", f"<figure><img src=x><figcaption><a rel=license href={BY}>CC BY</a></figcaption></figure>"),
        ("", f"<p>The photograph is under <a href={BY}>a free licence</a>.</p>"),
        ("<link rel=license>", ""),
        ("", ""),
    ],
)
def test_states_no_licence(head: str, body: str) -> None:
    assert rights_of(head, body).licence is None


@pytest.mark.parametrize(
    ("head", "robots"),
    [
        ("<meta name=robots content='noindex, NoArchive'>", ("noindex", "noarchive")),
        ("<meta name=ROBOTS content='noai, noimageai'><meta name=robots content='noai,max-snippet: 50'>",
         ("noai", "noimageai", "max-snippet:50")),
        ("<meta name=robots content=' , '>", None),
        ("<meta name=googlebot content=nosnippet>", None),
        ("<meta name=Cleanwire content=NoIndex>", ("noindex",)),
        ("<meta name=cleanwire content=noarchive><meta name=robots content=noai>", ("noai", "noarchive")),
        ("", None),
    ],
)  # fmt: skip
def test_robots(head: str, robots: tuple[str, ...] | None) -> None:
    found = rights_of(head).robots
    assert (found and found.value) == robots


@pytest.mark.parametrize(
    ("head", "reserved", "policy"),
    [
        ("<meta name=tdm-reservation content=1><meta name=tdm-policy content=/tdm.json>",
         True, "https://ferry.example/tdm.json"),
        ("<meta name=tdm-reservation content=0>", False, None),
        ("<meta name=tdm-reservation content=maybe>", None, None),
        ("", None, None),
    ],
)  # fmt: skip
def test_text_and_data_mining(head: str, reserved: bool | None, policy: str | None) -> None:
    rights = rights_of(head)
    assert (rights.tdm_reserved and rights.tdm_reserved.value) is reserved
    assert (rights.tdm_policy and rights.tdm_policy.value) == policy


@pytest.mark.parametrize(
    ("head", "body", "paywalled"),
    [
        (json_ld('"isAccessibleForFree": false'), "", True),
        (json_ld('"isAccessibleForFree": "False"'), "", True),
        (json_ld('"isAccessibleForFree": "http://schema.org/False"'), "", True),
        (json_ld('"isAccessibleForFree": true'), "", False),
        (
            json_ld('"hasPart": {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".x"}'),
            "",
            True,
        ),
        (
            json_ld('"hasPart": [{"@type": "WebPageElement", "isAccessibleForFree": false, "cssSelector": ".x"}]'),
            "",
            True,
        ),
        (json_ld('"hasPart": "nonsense"'), "", None),
        ("", "<meta itemprop=isAccessibleForFree content=False>", True),
        ("<meta property=article:content_tier content=free>", "", False),
        ("<meta property=article:content_tier content=Metered>", "", True),
        ("<meta property=og:article:content_tier content=locked>", "", True),
        ("<meta name=paywall content=true>", "", True),
        ("<meta name=paywall content=hard-to-say>", "", None),
        ("", "", None),
    ],
)
def test_paywalled(head: str, body: str, paywalled: bool | None) -> None:
    found = rights_of(head, body).paywalled
    assert (found and found.value) is paywalled
