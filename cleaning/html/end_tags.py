"""Correct end tags that would cost text: libxml2 takes them more literally than browsers do."""

import re

_IFRAME = re.compile(r"<(?P<slash>/?)iframe(?=[\s/>])[^>]{0,5000}>", re.IGNORECASE)
_PAGE_END = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_PAGE_ENDS = ("</body", "</BODY", "</html", "</HTML")
_VISIBLE_TAG = re.compile(r"<(?:p|div|article|section|main|h[1-6]|ul|table)[\s>]", re.IGNORECASE)


def close_open_tags(text: str) -> str:
    """Return the markup with every ``iframe`` closed, and without end tags of the page before visible elements.

    Everything behind an ``iframe`` without an end tag would be its fallback text, and libxml2 drops what follows
    ``</html>``, which browsers show.

    >>> close_open_tags("<p>One</p></body></html><p>Two</p>")
    '<p>One</p><p>Two</p>'
    >>> close_open_tags("<iframe src='map'><p>One</p>")
    "<iframe src='map'></iframe><p>One</p>"
    """
    # Plain searches come first: they take a tenth of the time of the patterns.
    ends = [place for tag in _PAGE_ENDS if (place := text.find(tag)) >= 0]
    if ends and _VISIBLE_TAG.search(text, min(ends)):
        text = _PAGE_END.sub("", text)
    return _close_iframes(text) if "<iframe" in text or "<IFRAME" in text else text


def _close_iframes(text: str) -> str:
    """Insert an end tag after each ``iframe`` that is followed by another one, or by no end tag at all."""
    tags = list(_IFRAME.finditer(text))
    pieces, position = [], 0
    for tag, following in zip(tags, [*tags[1:], None], strict=True):
        if not tag["slash"] and (following is None or not following["slash"]):
            pieces += [text[position : tag.end()], "</iframe>"]
            position = tag.end()
    return "".join([*pieces, text[position:]])
