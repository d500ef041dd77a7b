"""Find bylines that no markup marks: lines near the headline, names beside the date, signatures below the text.

Without markup little tells the name of a person from that of a section. So each place has its own test, and the less
certain places are searched only if the others name nobody in full.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice, pairwise

from lxml import html

from cleaning.lines.normalization import fold_text
from cleaning.lines.person_names import is_name, is_placeholder_name, is_role, load_particles, parse_names
from cleaning.metadata.bylines import (
    Byline,
    is_byline_label,
    is_full_name,
    merge_names,
    read_byline,
    read_byline_line,
    split_around_dates,
)
from cleaning.metadata.date_parsing import MAYBE_DATE, find_dates
from cleaning.metadata.declared import DeclaredMetadata, Heading, extract_text
from cleaning.metadata.headline_context import MAX_TEXTS_ABOVE, find_texts_above, find_texts_below

MAX_TEXTS_BELOW = 28
"""Texts below the headline that are searched for a byline without markup."""
MIN_PARAGRAPH_CHARACTERS = 80
"""Characters of a paragraph of the article, below the last of which a signature is searched."""
MAX_SIGNATURE_TEXTS, MAX_SIGNATURE_CHARACTERS = 4, 60
"""Texts below the last paragraph that may be a signature, and the length of one."""
MAX_TEXTS_BESIDE = 6
"""Texts below the headline among which a name beside the date is searched."""
MAX_BYLINE_LINE_CHARACTERS = 100
"""Longer texts are not read as bylines."""

_WRITTEN_BY_WHOM = re.compile(r"\b(?:written|authored|reported|words|text) by:?\s+", re.IGNORECASE)
_SIGNATURE_TAGS = frozenset({"p", "div", "span", "em", "i", "b", "strong", "small"})


def read_unmarked_bylines(heading: Heading, declared: DeclaredMetadata) -> list[Byline]:
    """Return the bylines that no markup marks, from the first place that names a person in full.

    The places are the lines below the headline, the text below a heading such as "Author", the date near the headline,
    and the end of the article.

    Args:
        heading: the headline that the page shows.
        declared: the page's declared metadata.
    """
    below = list(islice(find_texts_below(heading.element), MAX_TEXTS_BELOW))
    bylines = list(_read_lines_below(below))
    # These are generators: a place that is not needed is not searched.
    for place in (
        _read_below_labels(declared),
        _read_names_beside_date(below, heading, declared),
        _read_signature(declared),
    ):
        if not any(is_full_name(name) for byline in bylines for name in byline.people):
            bylines += place
    return bylines


def _read_lines_below(below: list[str]) -> Iterator[Byline]:
    """Yield the lines below the headline that read as bylines."""
    follows_label = False
    for text in below:
        if len(text) > MAX_BYLINE_LINE_CHARACTERS:
            continue
        byline = read_byline(text) if follows_label else read_byline_line(text)
        follows_label = is_byline_label(text)
        # If the text is itself a label ("Story by"), what it seems to name must be a full name.
        if any(map(is_full_name, byline.people)) or (byline and not follows_label):
            yield byline


def _read_below_labels(declared: DeclaredMetadata) -> Iterator[Byline]:
    """Yield the names below headings that are labels: "Author", "Article by"."""
    for label in declared.subheadings:
        if is_byline_label(label.text) and (text := next(find_texts_below(label.element), None)):
            byline = read_byline(text)
            if any(map(is_full_name, byline.people)) and len(text) <= MAX_BYLINE_LINE_CHARACTERS:
                yield byline


def _read_names_beside_date(below: list[str], heading: Heading, declared: DeclaredMetadata) -> Iterator[Byline]:
    """Yield names that stand, without any label, in the text of the date near the headline, or in the one beside it."""
    above = list(islice(find_texts_above(heading.element), MAX_TEXTS_ABOVE))[::-1]
    short = [text for text in below[:MAX_TEXTS_BESIDE] if len(text) <= MAX_BYLINE_LINE_CHARACTERS]
    for texts in (short, above):
        for index, text in enumerate(texts):
            if not MAYBE_DATE.search(text) or next(find_dates(text), None) is None:
                continue
            beside = texts[max(0, index - 1) : index] + texts[index + 1 : index + 2]
            for part in (*split_around_dates(text), *beside):
                names = parse_names(part)
                if names and all(is_full_name(name) and _is_person(name, declared) for name in names):
                    yield Byline(merge_names(names))
                    return


def _read_signature(declared: DeclaredMetadata) -> Iterator[Byline]:
    """Yield the name that stands by itself below the last paragraph, or behind "written by" there."""
    paragraphs = [element for element in declared.elements if element.tag == "p"]
    long = [element for element in paragraphs if _count_own_characters(element) >= MIN_PARAGRAPH_CHARACTERS]
    parents = Counter(element.getparent() for element in long)
    if not parents:
        return
    body = max(parents, key=lambda parent: parents[parent])
    last = [element for element in long if element.getparent() is body][-1]
    for element in islice(last.itersiblings(), MAX_SIGNATURE_TEXTS):
        text = extract_text(element)
        written_by = _WRITTEN_BY_WHOM.search(text)
        if written_by:
            byline = read_byline(text[written_by.end() :])
            if any(map(is_full_name, byline.people)):
                yield byline
                return
        if (
            element.tag not in _SIGNATURE_TAGS
            or len(text) > MAX_SIGNATURE_CHARACTERS
            or next(element.iter("a"), None) is not None
        ):
            continue
        names = parse_names(text.strip("()[] "))
        if names and all(is_full_name(name) and _is_person(name, declared) for name in names):
            yield Byline(merge_names(names))
            return


def _count_own_characters(element: html.HtmlElement) -> int:
    """Count the characters of an element outside of its children: enough to tell paragraphs, and fast."""
    return len(element.text or "") + sum(len(child.tail or "") for child in element)


def _is_person(name: str, declared: DeclaredMetadata) -> bool:
    """Return whether a bare name can only be a person's, and not a section's: "Ali Musa", but not "Travel Tips".

    Scripts without capitals do not tell the two apart.
    """
    is_cased = name.lower() != name.upper()
    words = name.casefold().split()
    # "Zu den Rezepten" opens with two words that names have inside only.
    if load_particles().issuperset(words[:2]):
        return False
    # The folders of the URL and the site's own categories are sections.
    url = declared.get_meta("og:url") or next(iter(declared.links.get("canonical", ())), "")
    sections = (*url.split("/")[:-1], *declared.categories, *declared.tags, *declared.get_metas("article:section"))
    if fold_text(name) in map(fold_text, sections):
        return False
    return is_cased and not is_placeholder_name(name) and not is_role(name) and is_personal_name(name, declared)


def is_personal_name(name: str, declared: DeclaredMetadata) -> bool:
    """Return whether a site's name is a person's name.

    It has two or three words, the page never writes the first one in lower case, and the last one rarely occurs without
    the word before it. Firms are called by what they do ("Quiet Kitchens"), and their pages use these words.
    """
    words = [word.casefold() for word in re.findall(r"\w+", name)]
    if not 2 <= len(name.split()) == len(words) <= 3 or not is_name(name) or name.split()[-1].isupper():
        return False
    # The whole text of the page is split into words only here: few pages reach this test.
    page_words = declared.words
    preceding = [before.casefold() for before, word in pairwise(["", *page_words]) if word.casefold() == words[-1]]
    return words[0] not in page_words and len(preceding) <= 1.5 * preceding.count(words[-2])
