"""Leave out a second story below the first one, which a page loads as the reader scrolls."""

from collections.abc import Iterator, Sequence

from cleaning.article import BlockKind, Removal
from cleaning.content.blocks import Container, PageBlock
from cleaning.lines.prose import is_prose

MIN_LEFT_SHARE = 0.3
"""Share of the chosen text that must be left: where other stories have nearly all of it, the page is a list of them."""
MIN_LINK_SHARE = 0.9
"""Share of a heading that is a link, from which on it is the title of another page."""


def drop_other_stories(blocks: Sequence[PageBlock], chosen: Sequence[bool]) -> list[bool]:
    """Return the choice without the blocks of other stories, and set their ``removal``.

    Another story is an ``article`` element below the first paragraph that has a second ``h1``, or whose heading is a
    link. So is any element with the names of the one around the first story if its ``h1`` is a link.
    """
    kept = [i for i, is_chosen in enumerate(chosen) if is_chosen and blocks[i].kind is not BlockKind.CAPTION]
    first = next((i for i in kept if is_prose(blocks[i].text)), None)
    if first is None:
        return list(chosen)
    own = set(_iter_containers(blocks[first].container))
    has_headline = any(block.container.tag == "h1" for block in blocks[:first])
    below = (block for block in blocks[first + 1 : kept[-1]] if has_headline or block.container.tag != "h1")
    others = {frame for block in below if (frame := _find_other_story(block, own)) is not None}
    doomed = {i for i in kept if i > first and not others.isdisjoint(_iter_containers(blocks[i].container))}
    left = sum(len(blocks[i].text) for i in kept if i not in doomed)
    if not doomed or left < MIN_LEFT_SHARE * sum(len(blocks[i].text) for i in kept):
        return list(chosen)
    for i in doomed:
        blocks[i].removal = Removal("choose_content", "other-story", blocks[i].text)
    return [is_chosen and i not in doomed for i, is_chosen in enumerate(chosen)]


def _find_other_story(block: PageBlock, own: set[Container]) -> Container | None:
    """Return the element of another story if a block is its headline.

    Args:
        block: a block below the first paragraph.
        own: the containers around the first paragraph.
    """
    if block.kind is not BlockKind.HEADING:
        return None
    tag = block.container.tag
    is_linked = block.links >= MIN_LINK_SHARE * len(block.text) and not block.href.startswith("#")
    if tag != "h1" and not is_linked:
        return None
    branch = [container for container in _iter_containers(block.container) if container not in own]
    articles = [container for container in branch if container.tag == "article"]
    if articles:
        return articles[-1]
    own_names = {container.names for container in own if container.names}
    return branch[-1] if tag == "h1" and is_linked and branch and branch[-1].names in own_names else None


def _iter_containers(container: Container | None) -> Iterator[Container]:
    """Yield a container and those around it, from the inside out."""
    while container is not None:
        yield container
        container = container.parent
