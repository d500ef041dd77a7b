"""Markup that the parser would not take, or not in time: it is mended, and what is none is left alone."""

import pytest

from cleaning.html.parser_limits import MAX_ATTRIBUTES, limit_attributes
from cleaning.html.tree import parse_html

PROSE = "<p>The river rose.</p>"
WORDS = "word " * 300


def prose_of(markup: str) -> list[str]:
    return parse_html(f"<html><body>{markup}{PROSE}</body></html>").xpath("//p/text()")


@pytest.mark.parametrize(
    "text",
    [
        f"<script>if (i<n) {{ {'call(a, b); ' * 200} }}</script>",
        f'<script type="application/ld+json">{{"articleBody": "a<b {WORDS}"}}</script>',
        f"<style>a<b {WORDS}</style>",
        f"<textarea>a<b {WORDS}</textarea>",
        f"<!-- <b {WORDS} -->",
    ],
    ids=["script", "JSON-LD", "style", "textarea", "comment"],
)
def test_what_only_looks_like_a_tag_is_left_alone(text: str) -> None:
    assert limit_attributes(text + PROSE) == text + PROSE
    assert prose_of(text) == ["The river rose."]


@pytest.mark.parametrize(
    "attributes",
    [
        "".join(f' a{i}="1"' for i in range(1000)),
        "".join(f'a{i}="1"' for i in range(1000)),
        f" a={'x' * 300}" + "".join(f" a{i}=1" for i in range(1000)),
        "".join(f" =a{i}=1" for i in range(1000)),
        "".join(f"/a{i}" for i in range(1000)),
    ],
    ids=["quoted", "without blanks", "after a long one", "named with =", "slashes"],
)
@pytest.mark.parametrize("tag", ["body", "script"])
def test_no_tag_keeps_more_than_are_read(tag: str, attributes: str) -> None:
    mended = limit_attributes(f"<{tag} {attributes}></{tag}>{PROSE}")
    assert len(parse_html(mended).xpath(f"//{tag}")[0].attrib) <= MAX_ATTRIBUTES
    assert mended.endswith(PROSE)
    assert len(mended) < 5000


@pytest.mark.parametrize("around", ["{}", "<table>{}</table>", "<dl>{}</dl>", "<select>{}</select>", "<ruby>{}</ruby>"])
@pytest.mark.parametrize(
    "name",
    (
        "div i a dt dd li p td th tr thead tbody tfoot caption colgroup option optgroup rb rt rp br wbr source track"
        " embed img section"
    ).split(),
)
def test_what_follows_deep_elements_is_kept(name: str, around: str) -> None:
    deep = around.format(f"<{name}>x" * 4000)
    assert "The river rose." in parse_html(f"<html><body>{deep}{PROSE}</body></html>").text_content()
