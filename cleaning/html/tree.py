"""The page as a tree: parsing it, and reading its text."""

from lxml import etree, html

from cleaning.html.parser_limits import limit_attributes, limit_nesting
from cleaning.outcomes import NotAnArticleError, Outcome

_HEAD_TAGS = frozenset({"title", "meta", "link", "script", "style", "base", "noscript", "template"})
NO_TEXT_TAGS = frozenset({"script", "style", "noscript", "template", "svg"})


def parse_html(text: str) -> html.HtmlElement:
    """Parse a page.

    Raises:
        NotAnArticleError: ``empty`` where nothing comes of it, ``cleaner-error`` where the parser drops a part.
    """
    text = limit_attributes(text)
    tree, is_whole = _parse_tree(text)
    if not is_whole:
        tree, is_whole = _parse_tree(limit_nesting(text))
    if not is_whole:
        raise NotAnArticleError(Outcome.ERROR, "its elements are nested deeper than the parser goes")
    if tree.find("body") is None:
        _wrap_in_body(tree)
    return tree


def _parse_tree(text: str) -> tuple[html.HtmlElement, bool]:
    """The tree, and whether all of the text is in it: libxml2 stops where elements are nested too deep."""
    # huge_tree: libxml2 otherwise drops what is nested deeper than 256 elements, and text nodes over 10 MB.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False)
    # Looking up a class for forms, labels and the like takes half the time of every walk over the elements.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError("libxml2 got no more memory for the tree") from error
        raise NotAnArticleError(Outcome.EMPTY, "the page has no elements") from error
    last = parser.error_log.last_error
    return tree, last is None or last.type != etree.ErrorTypes.ERR_RESOURCE_LIMIT


def _wrap_in_body(tree: html.HtmlElement) -> None:
    """Give a page that leaves ``body`` out, as HTML allows, the one it means: libxml2 fills ``head`` instead."""
    head = tree.find("head")
    inside = [child for child in head if child.tag not in _HEAD_TAGS] if head is not None else []
    content = [*inside, *(child for child in tree if child.tag != "head")]
    if not content:
        raise NotAnArticleError(Outcome.EMPTY, "the page has no body")
    body = etree.SubElement(tree, "body")
    body.extend(content)


def extract_visible_text(element: html.HtmlElement) -> str:
    """Text of an element with single spaces, without scripts and styles."""
    pieces = []
    for node in element.iter():
        if node.tag not in NO_TEXT_TAGS and isinstance(node.tag, str):
            pieces.append(node.text or "")
        if node is not element:
            pieces.append(node.tail or "")
    return " ".join(" ".join(pieces).split())
