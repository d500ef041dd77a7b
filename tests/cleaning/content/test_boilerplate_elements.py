"""Elements that are never the article, whatever the classifier would say."""

import pytest

from cleaning.content.blocks import read_blocks
from cleaning.html.tree import parse_html

PROSE = "The lighthouse on Gannet Rock went dark on Tuesday night, the coast guard said. " * 12
LONG = "The keepers said that nobody had warned them, and that the cable was older than both of them. " * 30


def find_rules(body: str, prose: str = PROSE) -> list[str]:
    blocks = read_blocks(parse_html(f"<html><body><article><p>{prose}</p>{body}</article></body></html>"))
    return [block.removal.rule if block.removal else "" for block in blocks[1:]]


CLUTTER = {
    "poll": "<div class='poll-box'><h4>Should the lamp be green?</h4><ul><li>Yes</li></ul><button>Vote</button></div>",
    "sign-up": "<div class='inline-newsletter-form'><p>Letters from the rock</p><input type='email'></div>",
    "offer": "<div class='offer'><h2>For readers</h2><p>Subscribe now for all the news.</p><li>Crossword</li></div>",
    "player": "<div class='audio-player'><span>Listen: 3 min</span><audio></audio></div>",
    "placeholder": "<div id='placeholder-image-1'>Placeholder image-1</div>",
    "ai-summary": "<div class='ai-summary-box'><p>The lamp went dark. It burns again.</p></div>",
    "embed-consent": "<div class='embed-consent'><p>To see this post, allow our partner to set cookies.</p></div>",
    "amp": "<amp-social-share type='email'>Mail</amp-social-share>",
    "paywall ": "<div class='offer'><p>Subscribe now to read the full story.</p><p>One crown a week.</p></div>",
    "paywall": "<section amp-access='NOT access'><p>Log in to read the whole story.</p></section>",
    "comments": "<ol class='commentlist'><li>Seadog says: I told you so.</li></ol>",
    "related": "<div class='related-story'><a href='/x'><h4>Related</h4><b>Ferry returns to the bay</b></a></div>",
    "offer ": "<div class='intro__register'><p>Subscribe for more stories</p><ul><li>All puzzles</li></ul></div>",
    "hidden": "<h2 class='visually-hidden'>Article body</h2>",
}


@pytest.mark.parametrize(("rule", "body"), CLUTTER.items(), ids=CLUTTER)
def test_drops(rule: str, body: str) -> None:
    assert find_rules(body) == [rule.strip()]


@pytest.mark.parametrize(
    "body",
    [
        f"<div class='reader-comments'><p>{LONG}</p></div>",
        f"<article class='comment-body'><p>{LONG}</p></article>",
        f"<div itemprop='comment' itemscope itemtype='https://schema.org/Comment'><p>{LONG}</p></div>",
    ],
)
def test_comments_go_even_if_they_are_longer_than_the_article(body: str) -> None:
    assert find_rules(body) == ["comments"]


KEPT = {
    "a fact box": "<aside class='factbox'><p>The lamp was lit in 1924 and burns oil.</p></aside>",
    "a question and its answer": "<div class='faq'><h3>Is it green?</h3><p>No, it is white.</p></div>",
    "paragraphs behind a paywall": "<div class='paywall'><p>Don't blame the keepers, Ali Musa said.</p></div>",
    "the results of a poll": "<div class='poll-results'><p>Two in three readers want the lamp to be green.</p></div>",
    "a story on offers": "<div class='offer'><p>It came too late, “Subscribe or leave” was all he said.</p></div>",
    "a link in a sentence": "<p>See <a class='related-link' href='/x'>the long report on the cable</a> now.</p>",
    "text for all": "<p class='not-sr-only'>The lamp burns again.</p>",
}


@pytest.mark.parametrize("body", KEPT.values(), ids=KEPT)
def test_keeps(body: str) -> None:
    assert set(find_rules(body)) == {""}


def test_a_rule_that_would_take_the_article_is_not_applied() -> None:
    page = f"<html><body><nav>Menu</nav><div id='cc-main'><h1>Rock</h1><p>{LONG}</p></div></body></html>"
    assert not any(block.removal for block in read_blocks(parse_html(page)))


def test_words_for_screen_readers_within_a_sentence() -> None:
    body = "<p>See <a href='/x'>the plan<span class='sr-only'>, opens in a new tab</span></a> of 2017.</p>"
    blocks = read_blocks(parse_html(f"<html><body>{body}</body></html>"))
    assert [block.text for block in blocks if block.removal is None] == ["See the plan of 2017."]


def test_what_the_title_of_a_link_says_as_well() -> None:
    body = "<p>See <a href='/x' title='(new window)'>the plan <span class='x'>(new window)</span></a> of 2017.</p>"
    blocks = read_blocks(parse_html(f"<html><body>{body}</body></html>"))
    assert [block.text for block in blocks if block.removal is None] == ["See the plan of 2017."]


def test_a_drop_cap_with_its_word_for_screen_readers() -> None:
    body = "<p><span class='sr-only'>The</span><span aria-hidden='true'><b>T</b>he</span> lamp burns.</p>"
    blocks = read_blocks(parse_html(f"<html><body>{body}</body></html>"))
    assert [block.text for block in blocks if block.removal is None] == ["The lamp burns."]


def test_copies_for_other_widths_of_the_screen() -> None:
    copies = "".join(f"<div class='ssr-variant hidden-{name}'><p>{PROSE}</p></div>" for name in ("a", "b", "c"))
    assert find_rules(copies) == ["", "variant", "variant"]
