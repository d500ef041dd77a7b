"""The body of an article as HTML, its boilerplate among its prose."""

from collections.abc import Callable, Sequence

from crawler.demo.demo_article import BlockKind, DemoArticle, DemoBlock, split_table_row
from crawler.demo.markup import Html, build_element, convert_inline, join_html
from crawler.demo.story_head import build_picture_path


def build_body(article: DemoArticle) -> Html:
    """The blocks of an article in its layout."""
    if article.layout == "br":
        return build_br_body(article)
    return join_html(build_block(block, article) for block in article.blocks)


def build_br_body(article: DemoArticle) -> Html:
    """Paragraphs and plain boilerplate as bare text between line breaks, as old systems leave them."""
    pieces: list[Html] = []
    for block in article.blocks:
        if block.kind is BlockKind.PARAGRAPH or (block.kind is BlockKind.BOILERPLATE and block.shape == "p"):
            pieces.append(Html("<br>\n<br>\n".join(map(convert_inline, block.lines)) + "<br>\n<br>"))
        else:
            pieces.append(build_block(block, article))
    return join_html(pieces)


def build_block(block: DemoBlock, article: DemoArticle) -> Html:
    """One block."""
    match block.kind:
        case BlockKind.PARAGRAPH:
            return build_element("div" if article.layout == "div" else "p", convert_inline(block.lines[0]))
        case BlockKind.HEADING:
            return build_element("h2", convert_inline(block.lines[0]))
        case BlockKind.LIST:
            return build_element("ul", join_html(build_element("li", convert_inline(line)) for line in block.lines))
        case BlockKind.QUOTE:
            return build_element("blockquote", build_element("p", convert_inline(block.lines[0])))
        case BlockKind.TABLE:
            return build_table(block.lines)
        case BlockKind.PICTURE:
            return build_picture(block.lines[0], article)
        case BlockKind.BOILERPLATE:
            return BOILERPLATE_SHAPES[block.shape](block.lines)


def build_table(rows: Sequence[str]) -> Html:
    """A table; its first row is the head."""
    first, *others = [split_table_row(row) for row in rows]
    written = [build_element("tr", join_html(build_element("th", cell) for cell in first))]
    written += [build_element("tr", join_html(build_element("td", cell) for cell in cells)) for cells in others]
    return build_element("table", join_html(written))


def build_picture(caption: str, article: DemoArticle) -> Html:
    """A picture with its caption."""
    image = Html(f'<img src="{build_picture_path(article)}" width="640" height="360" alt="">')
    return build_element("figure", join_html([image, build_element("figcaption", convert_inline(caption))]))


# How pages set boilerplate: the ways seen on real sites, one function each.


def build_paragraphs(lines: Sequence[str]) -> Html:
    """A paragraph a line, not told from prose."""
    return join_html(build_element("p", convert_inline(line)) for line in lines)


def build_divs(lines: Sequence[str]) -> Html:
    """A ``<div>`` a line."""
    return join_html(build_element("div", convert_inline(line)) for line in lines)


def build_strong(lines: Sequence[str]) -> Html:
    """A paragraph a line, in bold."""
    return join_html(build_element("p", build_element("strong", convert_inline(line))) for line in lines)


def build_emphasis(lines: Sequence[str]) -> Html:
    """A paragraph a line, in italics."""
    return join_html(build_element("p", build_element("em", convert_inline(line))) for line in lines)


def build_one_paragraph(lines: Sequence[str]) -> Html:
    """One paragraph, the lines separated by ``<br>``."""
    return build_element("p", Html("<br>\n".join(map(convert_inline, lines))))


def build_small_print(lines: Sequence[str]) -> Html:
    """One paragraph of small print, the lines in spans."""
    return build_element(
        "p", join_html(build_element("small", convert_inline(line)) for line in lines), class_="fine-print"
    )


def build_inset(lines: Sequence[str]) -> Html:
    """A box within the story."""
    return build_element("aside", build_paragraphs(lines), class_="inset")


def build_bullets(lines: Sequence[str]) -> Html:
    """A list, as boxes of further reading are."""
    return build_element(
        "ul", join_html(build_element("li", convert_inline(line)) for line in lines), class_="inset-links"
    )


def build_advertisement(lines: Sequence[str]) -> Html:
    """The place of an advertisement, with its label."""
    return build_element(
        "div", join_html(build_element("span", convert_inline(line)) for line in lines), class_="ad-slot"
    )


BOILERPLATE_SHAPES: dict[str, Callable[[Sequence[str]], Html]] = {
    "p": build_paragraphs,
    "div": build_divs,
    "strong": build_strong,
    "em": build_emphasis,
    "br": build_one_paragraph,
    "small": build_small_print,
    "inset": build_inset,
    "bullets": build_bullets,
    "ad": build_advertisement,
}
