"""Parse a page to a tree with lxml, and extract text from its elements."""

from lxml import etree, html

from cleaning.html.end_tags import close_open_tags
from cleaning.html.parser_limits import limit_attributes, limit_nesting
from cleaning.outcomes import NotAnArticleError, Outcome

_HEAD_TAGS = frozenset({"title", "meta", "link", "script", "style", "base", "noscript", "template"})
NO_TEXT_TAGS = frozenset({"script", "style", "noscript", "template", "svg"})
"""Elements whose text a reader does not see."""


def parse_html(text: str) -> html.HtmlElement:
    """Parse a page to a tree that has a ``body``, without comments and processing instructions.

    Args:
        text: the page as from :func:`cleaning.html.decoding.decode_page`.

    Raises:
        NotAnArticleError: ``empty`` if the page has no elements or no body, ``cleaner-error`` if the parser would drop
            a part of the page.
        MemoryError: libxml2 got no memory; a worker process has a limit.
    """
    text = limit_attributes(close_open_tags(text))
    tree, is_whole = _parse_tree(text)
    if not is_whole:
        tree, is_whole = _parse_tree(limit_nesting(text))
    if not is_whole:
        raise NotAnArticleError(Outcome.ERROR, "its elements are nested too deeply for the parser")
    if tree.find("body") is None:
        _wrap_in_body(tree)
    return tree


def _parse_tree(text: str) -> tuple[html.HtmlElement, bool]:
    """Return the tree, and whether it holds the whole page: libxml2 stops if elements are nested too deeply."""
    # Without huge_tree, libxml2 silently drops what is nested deeper than 256 elements, and text nodes over 10 MB.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False)
    # lxml.html looks up a special class for forms, labels and others. That takes half the time of each walk.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        # Out of memory looks like any other syntax error, and must not pass for an empty page.
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError("libxml2 got no more memory for the tree") from error
        raise NotAnArticleError(Outcome.EMPTY, "the page has no elements") from error
    last = parser.error_log.last_error
    return tree, last is None or last.type != etree.ErrorTypes.ERR_RESOURCE_LIMIT


def _wrap_in_body(tree: html.HtmlElement) -> None:
    """Move the content of a page without a ``body`` tag into a ``body``.

    HTML allows authors to leave the tag out. Browsers then open the body at the first element that cannot be in the
    head; libxml2 puts everything in the head.
    """
    head = tree.find("head")
    inside = [child for child in head if child.tag not in _HEAD_TAGS] if head is not None else []
    content = [*inside, *(child for child in tree if child.tag != "head")]
    if not content:
        raise NotAnArticleError(Outcome.EMPTY, "the page has no body")
    body = etree.SubElement(tree, "body")
    body.extend(content)


def extract_visible_text(element: html.HtmlElement) -> str:
    """Return the text of an element with single spaces, without scripts, styles and SVG.

    Unlike :func:`cleaning.content.blocks.read_blocks`, this puts a space between any two elements, even inside a word.

    >>> extract_visible_text(html.fromstring("<div>The <b>river</b><script>x()</script> rose</div>"))
    'The river rose'
    """
    pieces = []
    for node in element.iter():
        if node.tag not in NO_TEXT_TAGS and isinstance(node.tag, str):
            pieces.append(node.text or "")
        if node is not element:
            pieces.append(node.tail or "")
    return " ".join(" ".join(pieces).split())
