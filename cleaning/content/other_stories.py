"""Leave out other stories: a second one below the first, and links to them within the text."""

from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from cleaning.article import BlockKind, Removal
from cleaning.content.blocks import Container, PageBlock
from cleaning.content.extraction import is_internal_link
from cleaning.lines.prose import count_words, has_reported_speech, is_prose

MIN_LEFT_SHARE = 0.3
"""Share of the chosen text that must be left: where other stories have nearly all of it, the page is a list of them."""
MIN_TITLE_SHARE = 0.4
"""Share of a paragraph that is a link, from which on the link is the title of another story."""
MAX_LABEL_WORDS, MIN_TITLE_WORDS = 5, 4
"""Words of the longest label before such a link, and of the shortest title."""
_LABEL_ENDS = (":", "：", "|", "»", "›", ">", "→", "►", "▶")

MIN_LINK_SHARE = 0.9
"""Share of a heading that is a link, from which on it is the title of another page."""


def drop_other_stories(blocks: Sequence[PageBlock], chosen: Sequence[bool], url: str | None) -> list[bool]:
    """Return the choice without the blocks of other stories, and set their ``removal``.

    Another story is an ``article`` element below the first paragraph that has a second ``h1``, or whose heading is a
    link. So is any element with the names of the one around the first story if its ``h1`` is a link. A link to a place
    on the page itself, as the posts of a live blog have, does not count.

    Args:
        blocks: the blocks of the page.
        chosen: whether each of them is part of the article.
        url: the URL of the page; without it, only links that are a fragment alone lead to the page itself.
    """
    kept = [i for i, is_chosen in enumerate(chosen) if is_chosen and blocks[i].kind is not BlockKind.CAPTION]
    first = next((i for i in kept if is_prose(blocks[i].text)), None)
    if first is None:
        return list(chosen)
    own = set(blocks[first].container.iter_outwards())
    has_headline = any(block.container.tag == "h1" for block in blocks[:first])
    below = (block for block in blocks[first + 1 : kept[-1]] if has_headline or block.container.tag != "h1")
    others = {frame for block in below if (frame := _find_other_story(block, own, url)) is not None}
    doomed = {i for i in kept if i > first and not others.isdisjoint(blocks[i].container.iter_outwards())}
    left = sum(len(blocks[i].text) for i in kept if i not in doomed)
    if not doomed or left < MIN_LEFT_SHARE * sum(len(blocks[i].text) for i in kept):
        return list(chosen)
    for i in doomed:
        blocks[i].removal = Removal("choose_content", "other-story", blocks[i].text)
    return [is_chosen and i not in doomed for i, is_chosen in enumerate(chosen)]


def drop_labelled_links(blocks: Sequence[PageBlock], chosen: Sequence[bool], url: str | None) -> list[bool]:
    """Return the choice without paragraphs such as "Xem thêm: Cây cầu …", in any language, and set their ``removal``.

    Such a paragraph is a label of a few words with a colon or bar, and a link to another page of the site with the
    words of a headline.

    Args:
        blocks: the blocks of the page.
        chosen: whether each of them is part of the article.
        url: the URL of the page; without it, only relative links count as links to the same site.
    """
    doomed = {i for i, is_chosen in enumerate(chosen) if is_chosen and _is_labelled_link(blocks[i], url)}
    for i in doomed:
        blocks[i].removal = Removal("choose_content", "labelled-link", blocks[i].text)
    return [is_chosen and i not in doomed for i, is_chosen in enumerate(chosen)]


def _is_labelled_link(block: PageBlock, url: str | None) -> bool:
    text = block.text
    if block.kind is not BlockKind.PARAGRAPH or not MIN_TITLE_SHARE * len(text) <= block.links < len(text):
        return False
    # The link is taken to be the end of the text; a label that is not before it does not end like one.
    label, title = text[: len(text) - block.links].strip(), text[len(text) - block.links :]
    return (
        label.endswith(_LABEL_ENDS)
        and 0 < count_words(label) <= MAX_LABEL_WORDS
        and count_words(title) >= MIN_TITLE_WORDS
        and text[-1] not in ".!。।؟"
        and is_internal_link(block.href, url)
        and not has_reported_speech(label)
    )


def _find_other_story(block: PageBlock, own: set[Container], url: str | None) -> Container | None:
    """Return the element of another story if a block is its headline.

    Args:
        block: a block below the first paragraph.
        own: the containers around the first paragraph.
        url: the URL of the page.
    """
    if block.kind is not BlockKind.HEADING:
        return None
    tag = block.container.tag
    is_linked = block.links >= MIN_LINK_SHARE * len(block.text) and not _leads_to_page(block.href, url)
    if tag != "h1" and not is_linked:
        return None
    branch = [container for container in block.container.iter_outwards() if container not in own]
    articles = [container for container in branch if container.tag == "article"]
    if articles:
        return articles[-1]
    own_names = {container.names for container in own if container.names}
    return branch[-1] if tag == "h1" and is_linked and branch and branch[-1].names in own_names else None


def _leads_to_page(href: str, url: str | None) -> bool:
    """Return whether a link leads to a place on the page that it is on."""
    if href.startswith("#") or not url:
        return href.startswith("#")
    try:
        target, page = urlsplit(urljoin(url, href)), urlsplit(url)
    except ValueError:  # a bracket that does not enclose an IPv6 address
        return False
    return bool(target.fragment) and (target.netloc, target.path) == (page.netloc, page.path)
