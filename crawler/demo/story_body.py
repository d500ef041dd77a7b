"""The body of an article as HTML, its boilerplate among its prose."""

from collections.abc import Callable, Sequence

from crawler.demo.article import DemoArticle, DemoBlock, Kind, table_cells
from crawler.demo.markup import Html, element, inline, join
from crawler.demo.story_head import picture_path


def body(article: DemoArticle) -> Html:
    """The blocks of an article in its layout."""
    if article.layout == "br":
        return br_body(article)
    return join(block_html(block, article) for block in article.blocks)


def br_body(article: DemoArticle) -> Html:
    """Paragraphs and plain boilerplate as bare text between line breaks, as old systems leave them."""
    pieces: list[Html] = []
    for block in article.blocks:
        if block.kind is Kind.PARAGRAPH or (block.kind is Kind.BOILERPLATE and block.shape == "p"):
            pieces.append(Html("<br>\n<br>\n".join(map(inline, block.lines)) + "<br>\n<br>"))
        else:
            pieces.append(block_html(block, article))
    return join(pieces)


def block_html(block: DemoBlock, article: DemoArticle) -> Html:
    """One block."""
    match block.kind:
        case Kind.PARAGRAPH:
            return element("div" if article.layout == "div" else "p", inline(block.lines[0]))
        case Kind.HEADING:
            return element("h2", inline(block.lines[0]))
        case Kind.LIST:
            return element("ul", join(element("li", inline(line)) for line in block.lines))
        case Kind.QUOTE:
            return element("blockquote", element("p", inline(block.lines[0])))
        case Kind.TABLE:
            return table(block.lines)
        case Kind.PICTURE:
            return picture(block.lines[0], article)
        case Kind.BOILERPLATE:
            return SHAPES[block.shape](block.lines)


def table(rows: Sequence[str]) -> Html:
    """A table; its first row is the head."""
    first, *others = [table_cells(row) for row in rows]
    written = [element("tr", join(element("th", cell) for cell in first))]
    written += [element("tr", join(element("td", cell) for cell in cells)) for cells in others]
    return element("table", join(written))


def picture(caption: str, article: DemoArticle) -> Html:
    """A picture with its caption."""
    image = Html(f'<img src="{picture_path(article)}" width="640" height="360" alt="">')
    return element("figure", join([image, element("figcaption", inline(caption))]))


# How pages set boilerplate: the ways seen on real sites, one function each.


def as_paragraphs(lines: Sequence[str]) -> Html:
    """A paragraph a line, not told from prose."""
    return join(element("p", inline(line)) for line in lines)


def as_divs(lines: Sequence[str]) -> Html:
    """A ``<div>`` a line."""
    return join(element("div", inline(line)) for line in lines)


def as_strong(lines: Sequence[str]) -> Html:
    """A paragraph a line, in bold."""
    return join(element("p", element("strong", inline(line))) for line in lines)


def as_emphasis(lines: Sequence[str]) -> Html:
    """A paragraph a line, in italics."""
    return join(element("p", element("em", inline(line))) for line in lines)


def as_one_paragraph(lines: Sequence[str]) -> Html:
    """One paragraph, the lines separated by ``<br>``."""
    return element("p", Html("<br>\n".join(map(inline, lines))))


def as_small_print(lines: Sequence[str]) -> Html:
    """One paragraph of small print, the lines in spans."""
    return element("p", join(element("small", inline(line)) for line in lines), class_="fine-print")


def as_inset(lines: Sequence[str]) -> Html:
    """A box within the story."""
    return element("aside", as_paragraphs(lines), class_="inset")


def as_bullets(lines: Sequence[str]) -> Html:
    """A list, as boxes of further reading are."""
    return element("ul", join(element("li", inline(line)) for line in lines), class_="inset-links")


def as_advertisement(lines: Sequence[str]) -> Html:
    """The place of an advertisement, with its label."""
    return element("div", join(element("span", inline(line)) for line in lines), class_="ad-slot")


SHAPES: dict[str, Callable[[Sequence[str]], Html]] = {
    "p": as_paragraphs,
    "div": as_divs,
    "strong": as_strong,
    "em": as_emphasis,
    "br": as_one_paragraph,
    "small": as_small_print,
    "inset": as_inset,
    "bullets": as_bullets,
    "ad": as_advertisement,
}
