"""Decide how inline elements join the words around them: as a part of the sentence, or as a mark beside it."""

import re

from lxml import html

_FOOTNOTE_MARK = re.compile(r"[\[(]?(?:\d{1,3}|[a-z*†‡§]{1,2})(?:[,–-]\d{1,3})?[\])]?")
_FOOTNOTE_NAME = re.compile(r"foot-?note|endnote|reference|\bref\b|noteref|\bfn|cite", re.IGNORECASE)
_YEAR_OR_CLAUSE_END = re.compile(r"(?:(?<!\d)(?:1[5-9]|20)\d\d|[a-zß-ÿ]{4}[.,;:!?\"'”’»)]+)$")
_CONTINUATION = re.compile(r"\s*[\w,.;:!?)”’»%—–-]")
MAX_TERM_CHARACTERS = 60
"""Characters of the longest button or custom element that is a term inside a sentence."""
MAX_INLINE_ELEMENTS = 20
"""Elements in the largest custom element that is part of a sentence."""


def is_footnote_mark(sup: html.HtmlElement) -> bool:
    """Return whether a raised text is the mark of a footnote: it links to one, is named so, or ends a year or clause.

    Exponents, ordinals and names ("m²", "10th", "Indigo²") stay.
    """
    text = "".join(sup.itertext()).strip()
    if not _FOOTNOTE_MARK.fullmatch(text):
        return False
    links = [link.get("href", "") for link in sup.iter("a")]
    if any("#" in href for href in links) or _FOOTNOTE_NAME.search(f"{sup.get('class', '')} {sup.get('id', '')}"):
        return True
    return text[-1].isdigit() and bool(_YEAR_OR_CLAUSE_END.search(_get_text_before(sup)))


def is_term(element: html.HtmlElement) -> bool:
    """Return whether a button is a term inside a sentence, as glossaries mark them, and not a control."""
    text = "".join(element.itertext()).strip()
    return bool(
        0 < len(text) <= MAX_TERM_CHARACTERS
        and _get_text_before(element).strip()
        and _CONTINUATION.match(element.tail or "")
    )


def is_inline_custom(element: html.HtmlElement, inline_tags: frozenset[str]) -> bool:
    """Return whether a custom element such as ``my-tooltip`` is part of the sentence around it.

    It must touch text, and hold nothing but a few inline elements.
    """
    before, parent = element.getprevious(), element.getparent()
    preceding = before.tail if before is not None else parent.text if parent is not None else None
    if not ((element.tail or "").strip() or (preceding or "").strip()):
        return False
    for count, node in enumerate(element.iterdescendants()):
        if count > MAX_INLINE_ELEMENTS or (node.tag not in inline_tags and "-" not in str(node.tag)):
            return False
    return True


def are_parts_of_one_word(element: html.HtmlElement) -> bool:
    """Return whether an inline element continues the word that ends the one before it, as after a drop cap."""
    before = element.getprevious()
    if before is None:
        return False
    head, tail = "".join(before.itertext()), "".join(element.itertext())
    is_drop_cap = len(head.strip()) == 1 and head[-1:].isalpha()
    is_same = head[-1:].islower() and element.get("class") == before.get("class")
    return tail[:1].islower() and (is_drop_cap or is_same)


def is_followed_by_word(element: html.HtmlElement) -> bool:
    """Return whether a word follows an element without a space, so that it would be glued to the word before it."""
    following = element.getnext()
    if element.tail or following is None or following.tag == "sup":
        return (element.tail or "")[:1].isalpha()
    return True


def _get_text_before(element: html.HtmlElement) -> str:
    """Return the text that directly precedes an element within its parent."""
    before = element.getprevious()
    if before is None:
        parent = element.getparent()
        return (parent.text or "") if parent is not None else ""
    return before.tail or "".join(before.itertext())
