"""What a user knows of single sites, and what it changes on a page."""

import pickle
from pathlib import Path

from site_file import sites

from cleaning import clean, clean_and_explain, clean_text

URL = "https://www.harbourpost.example/2025/dyke"

PROSE = [
    "The council of Velden Bay voted on Tuesday to rebuild the northern dyke before the next storm season begins.",
    "Eleven of its fifteen members backed the plan, which will cost about a third of what the town collects in a year.",
]

PAGE = f"""<html><head><title>Harbour Post</title></head><body>
<h1>Welcome to the bay</h1><h2 class="big headline">Council votes to rebuild the dyke</h2>
<p class="who">From <a>Marit Solheim</a>, <a>Idris Qadir</a></p>
<time class="first" datetime="2025-03-04T09:12+01:00">today</time>
<div id="story"><p>{PROSE[0]}</p>
<div class="calendar">Our calendar has twelve pictures of the harbour, and costs nine crowns.</div>
<p>Share of the vote</p><p>{PROSE[1]}</p><p>Tide desk: Lena Foss</p></div>
<div><p>Nobody who reads of the dyke on this page needs what stands in this paragraph below the article.</p></div>
</body></html>"""


def test_the_example_of_the_docs_does_all_it_says(tmp_path: Path) -> None:
    article, removals = (cleaned := clean_and_explain(PAGE, URL, sites=sites(tmp_path))).article, cleaned.removals
    assert article.text.split("\n\n") == [PROSE[0], "Share of the vote", PROSE[1]]
    assert article.title == "Council votes to rebuild the dyke"
    assert article.authors == ("Marit Solheim", "Idris Qadir")
    assert article.published is not None
    assert article.published.isoformat() == "2025-03-04T09:12:00+01:00"
    assert article.editors == ("Lena Foss",)
    assert {(removal.step, removal.rule) for removal in removals} >= {
        ("drop_site_clutter", "site:harbourpost.example"),
        ("drop_site_lines", "site:harbourpost.example"),
    }


def test_other_sites_are_as_they_were(tmp_path: Path) -> None:
    url = "https://notharbourpost.example/2025/dyke"
    assert clean(PAGE, url, sites=sites(tmp_path)) == clean(PAGE, url)


def test_a_scraped_text_has_its_site_by_its_address(tmp_path: Path) -> None:
    text = "\n".join(("Council votes to rebuild the dyke", *PROSE, "Tide desk: Lena Foss"))
    assert clean_text(text, URL, sites=sites(tmp_path)).editors == ("Lena Foss",)
    assert clean_text(text, URL).editors == ()


def test_a_changed_layout_costs_no_article(tmp_path: Path) -> None:
    page = PAGE.replace('id="story"', 'id="new"').replace("headline", "x").replace("first", "x").replace("who", "x")
    changed = clean(page, URL, sites=sites(tmp_path))
    assert all(paragraph in changed.text for paragraph in PROSE)


def test_the_longest_domain_counts(tmp_path: Path) -> None:
    known = sites(tmp_path, '[[site]]\ndomain = "a.example"\n[[site]]\ndomain = "live.a.example"\n')
    assert [site.domain if (site := known.find_site(f"https://{host}/x")) else None for host in
            ("a.example", "www.a.example", "x.live.a.example", "ba.example", "")] == [
        "a.example", "a.example", "live.a.example", None, None]  # fmt: skip


def test_sites_cross_processes(tmp_path: Path) -> None:
    known = pickle.loads(pickle.dumps(sites(tmp_path)))
    assert clean(PAGE, URL, sites=known).editors == ("Lena Foss",)
