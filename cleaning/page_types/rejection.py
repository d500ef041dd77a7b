"""Reject pages that are not articles, each with its outcome.

An article that is rejected is lost, while a list that passes is one wrong row. So each test needs the page's own
declaration and a second sign that confirms it, or two signs. The signs are read by :mod:`cleaning.page_types.signals`.
"""

from collections.abc import Iterator, Sequence

from lxml import html

from cleaning.article import BlockKind, Removal
from cleaning.content.blocks import PageBlock
from cleaning.lines.line import Line
from cleaning.lines.prose import count_words, is_prose
from cleaning.metadata.jsonld import ARTICLE_TYPES
from cleaning.metadata.reader import Metadata
from cleaning.outcomes import LIST_OUTCOMES, NotAnArticleError, Outcome
from cleaning.page_types.signals import (
    DeclaredType,
    count_gallery_pictures,
    count_title_links,
    find_kind_by_title,
    find_linked_headlines,
    find_search_query,
    has_captcha,
    has_password_field,
    is_consent_wall,
    is_titled,
    load_title_pattern,
)

MIN_ARTICLE_WORDS = 25
"""A text with fewer words is not an article; the shortest agency briefs have about thirty."""
MIN_TEASERS, MIN_STORY_WORDS = 3, 80
"""Teasers below linked titles that make a page a list, and words of prose below one title that make it a story."""
MIN_TITLE_WORDS = 4
"""Words that a link must have to be another article's title."""
MAX_CARD_BLOCKS = 3
"""Blocks from a title to its teaser: a section and a date may be between them."""
MAX_STUB_WORDS = 120
"""A page with more words is an article, even if its title reads like that of a captcha, an error or a paywall."""
MIN_LISTED_LINKS = 8
"""A page without text or headline that has this many links with title length is a list of them."""
MIN_GALLERY_CAPTIONS = 4
"""Captions, or pictures in a gallery, that make a page without prose a gallery."""


def reject_declared_type(tree: html.HtmlElement, declared_type: DeclaredType, metadata: Metadata) -> None:
    """Reject a page that declares itself something other than an article, if its content confirms it.

    Error pages need no confirmation, and no other page is rejected here if its type is a schema.org article. Login
    pages are also recognised by their title.

    Args:
        tree: the whole page.
        declared_type: the type that it declares.
        metadata: its metadata.

    Raises:
        NotAnArticleError: with the outcome that the page declares.
    """
    if declared_type.by_class and declared_type.by_class.kind is Outcome.SOFT_404:
        raise NotAnArticleError(declared_type.by_class.kind, declared_type.by_class.evidence)
    if metadata.page_type in ARTICLE_TYPES:
        return
    for declared in declared_type.kinds:
        # One linked headline confirms a list by class. It takes two for a schema.org type, and next to OpenGraph's
        # "article", which plugins declare on every page.
        min_headlines = 1 if declared is declared_type.by_class and not metadata.is_declared_article else 2
        if _is_confirmed(declared.kind, tree, declared_type, min_headlines):
            raise NotAnArticleError(declared.kind, declared.evidence)
    if not metadata.is_declared_article and is_titled("login", declared_type.titles) and has_password_field(tree):
        raise NotAnArticleError(Outcome.LOGIN_PAGE, "its title and a field for a password say so")


def _is_confirmed(kind: Outcome, tree: html.HtmlElement, declared_type: DeclaredType, min_headlines: int) -> bool:
    """Return whether the page has what its kind must have: linked headlines, a query, or a password field."""
    if kind is Outcome.LOGIN_PAGE:
        return has_password_field(tree)
    if kind is Outcome.SEARCH_PAGE and find_search_query(tree, declared_type.titles):
        return True
    return kind in LIST_OUTCOMES and len(find_linked_headlines(tree)) >= min_headlines


def reject_teaser_list(
    blocks: Sequence[PageBlock],
    chosen: Sequence[bool],
    tree: html.HtmlElement,
    declared_type: DeclaredType,
    metadata: Metadata,
) -> None:
    """Reject a list: the chosen text consists of teasers below linked titles, with no story between any two.

    Args:
        blocks: all blocks of the page.
        chosen: for each block, whether it was chosen as main content.
        tree: the whole page.
        declared_type: the type that it declares.
        metadata: its metadata; a page that declares itself an article is not rejected.

    Raises:
        NotAnArticleError: with the outcome of the kind of list, ``index-page`` if it is no other.
    """
    if metadata.is_declared_article:
        return
    teasers, longest = _count_teasers(blocks, chosen)
    # One long text between the teasers may be an article with related titles around it.
    if teasers >= MIN_TEASERS and longest < MIN_STORY_WORDS:
        raise NotAnArticleError(_classify_list(tree, declared_type), f"{teasers} teasers and no story")


def _count_teasers(blocks: Sequence[PageBlock], chosen: Sequence[bool]) -> tuple[int, int]:
    """Return the number of linked titles with prose below them, and the words of the longest of these texts."""
    teasers, since_title, words, longest = 0, MAX_CARD_BLOCKS, 0, 0
    for block, is_chosen in zip(blocks, chosen, strict=True):
        if _is_linked_title(block):
            since_title, words = 0, 0
        elif is_chosen and _is_text(block):
            teasers += words == 0 and since_title < MAX_CARD_BLOCKS
            words += count_words(block.text)
            longest = max(longest, words)
        else:
            since_title += 1
    return teasers, longest


def is_story_list(blocks: Sequence[PageBlock], chosen: Sequence[bool], metadata: Metadata) -> bool:
    """Return whether the page consists of whole stories, each below a heading that links to its own page.

    Blogs show complete posts in this way. Their text is prose, so the page is not rejected; the article is flagged.
    """
    if metadata.is_declared_article:
        return False
    levels = {block.container.tag for block in blocks if _is_linked_heading(block)} & {"h1", "h2", "h3"}
    return any(_has_only_stories(blocks, chosen, level) for level in levels)


def _has_only_stories(blocks: Sequence[PageBlock], chosen: Sequence[bool], level: str) -> bool:
    """Return whether all prose is below linked headings of one level.

    A heading of that level or above without a link ends a story; the prose after it belongs to none.
    """
    words_by_page: dict[str, int] = {}
    page = ""
    for block, is_chosen in zip(blocks, chosen, strict=True):
        if block.kind is BlockKind.HEADING and block.container.tag <= level:
            page = block.href if block.container.tag == level and _is_linked_heading(block) else ""
        elif is_chosen and _is_text(block):
            words_by_page[page] = words_by_page.get(page, 0) + count_words(block.text)
            if words_by_page.get("", 0) >= MIN_ARTICLE_WORDS:
                return False
    stories = sum(words >= MIN_ARTICLE_WORDS for page, words in words_by_page.items() if page)
    return stories >= MIN_TEASERS


def _is_linked_heading(block: PageBlock) -> bool:
    """Return whether a block is a heading that links to another page."""
    return block.kind is BlockKind.HEADING and _is_linked(block) and not block.href.startswith("#")


def _is_text(block: PageBlock) -> bool:
    """Return whether a block is prose, and less than half of it links."""
    return is_prose(block.text) and block.links < len(block.text) / 2


def _is_linked(block: PageBlock) -> bool:
    """Return whether a block is almost completely the text of links."""
    # Not all of it: a comma or a bracket may be outside of the link.
    return block.links >= 0.9 * len(block.text) and block.removal is None


def _is_linked_title(block: PageBlock) -> bool:
    """Return whether a block is the text of a link that may be another article's title."""
    return _is_linked(block) and count_words(block.text) >= MIN_TITLE_WORDS


def _classify_list(tree: html.HtmlElement, declared_type: DeclaredType) -> Outcome:
    """Return the outcome of a page that is known to be a list, the most specific that fits."""
    if any(map(load_title_pattern("error").search, declared_type.titles)):
        return Outcome.SOFT_404
    exact_kinds = (
        declared.kind
        for declared in declared_type.kinds
        if declared.kind in LIST_OUTCOMES and declared.kind is not Outcome.INDEX_PAGE
    )
    search_page = Outcome.SEARCH_PAGE if find_search_query(tree, declared_type.titles) else None
    return next(exact_kinds, None) or search_page or find_kind_by_title(declared_type.titles) or Outcome.INDEX_PAGE


def reject_thin_page(
    lines: Sequence[Line],
    tree: html.HtmlElement,
    declared_type: DeclaredType,
    metadata: Metadata,
    removals: Sequence[Removal],
) -> None:
    """Reject a page with little text: an error, a captcha, a paywall, a login, a gallery, or just too short.

    This is called last, with the lines that are left after cleaning.

    Args:
        lines: the lines of the cleaned text.
        tree: the whole page.
        declared_type: the type that it declares.
        metadata: its metadata.
        removals: the pieces of text that were removed, which may explain why little is left.

    Raises:
        NotAnArticleError: with the most likely outcome, ``too-short`` if it is no other.
    """
    text = " ".join(line.text for line in lines)
    words = count_words(text)
    title = " ".join(reversed(declared_type.titles))
    if words < MAX_STUB_WORDS:
        is_brief = words < MIN_ARTICLE_WORDS * 2
        # In the text itself, "access denied" or "captcha" may be what a longer article reports on.
        if load_title_pattern("captcha").search(title) or (is_brief and load_title_pattern("captcha").search(text)):
            raise NotAnArticleError(Outcome.CAPTCHA, "it asks for proof of being human")
        # Captchas of forms are on ordinary articles too: they count only if there is no article.
        if is_brief and has_captcha(tree, even_forms=words < MIN_ARTICLE_WORDS):
            raise NotAnArticleError(Outcome.CAPTCHA, f"{words} words, and it loads what asks for proof of being human")
        notices = (removal.text for removal in removals if removal.rule.startswith("consent"))
        if is_consent_wall(" ".join((text, *notices))):
            raise NotAnArticleError(Outcome.CONSENT_PAGE, f"{words} words, and a choice between paying and tracking")
        if load_title_pattern("error").search(title):
            raise NotAnArticleError(Outcome.SOFT_404, f"its title says so: {' '.join(title.split())[:80]!r}")
        # An invitation to subscribe alone is on open pages too: it takes a declared paywall, or hardly any text.
        if any(removal.rule == "paywall" for removal in removals) and (metadata.paywalled or is_brief):
            raise NotAnArticleError(Outcome.PAYWALL_STUB, f"{words} words and an invitation to subscribe")
    if words < MIN_ARTICLE_WORDS:
        outcome, detail = next(_classify_thin_page(tree, declared_type, metadata, removals, words))
        raise NotAnArticleError(outcome, f"{words} words, {detail}")
    _reject_gallery(lines, declared_type, metadata)


def _classify_thin_page(
    tree: html.HtmlElement, declared_type: DeclaredType, metadata: Metadata, removals: Sequence[Removal], words: int
) -> Iterator[tuple[Outcome, str]]:
    """Yield the outcomes that explain a page with next to no text, the most likely first, each with a detail."""
    if metadata.paywalled:
        yield Outcome.PAYWALL_STUB, "and it says that reading takes a subscription"
    if any(removal.rule.startswith("consent") and count_words(removal.text) > words for removal in removals):
        yield Outcome.CONSENT_PAGE, "beside a consent notice"
    if has_password_field(tree) and not find_linked_headlines(tree):
        yield Outcome.LOGIN_PAGE, "and a field for a password"
    if query := find_search_query(tree, declared_type.titles):
        yield Outcome.SEARCH_PAGE, f"and a search for {query[:40]!r}"
    if not metadata.is_declared_article:
        yield from (
            (declared.kind, declared.evidence) for declared in declared_type.kinds if declared.kind in LIST_OUTCOMES
        )
    if (pictures := count_gallery_pictures(tree)) >= MIN_GALLERY_CAPTIONS:
        yield Outcome.GALLERY_PAGE, f"and {pictures} pictures"
    if (links := count_title_links(tree, MIN_TITLE_WORDS)) >= MIN_LISTED_LINKS and not metadata.is_declared_article:
        yield Outcome.INDEX_PAGE, f"and {links} links that may be titles"
    yield Outcome.TOO_SHORT, f"fewer than the {MIN_ARTICLE_WORDS} of the shortest brief"


def _reject_gallery(lines: Sequence[Line], declared_type: DeclaredType, metadata: Metadata) -> None:
    """Reject a gallery: captions and hardly any prose, or a page that declares itself a gallery and tells no story.

    Photo essays have prose before or between their pictures, and many declare themselves articles; these are kept.

    Raises:
        NotAnArticleError: with the outcome ``gallery-page``.
    """
    captions = [line for line in lines if line.kind is BlockKind.CAPTION]
    prose_words = sum(count_words(line.text) for line in lines if line.kind is not BlockKind.CAPTION)
    if len(captions) >= MIN_GALLERY_CAPTIONS and prose_words < MIN_ARTICLE_WORDS and not metadata.is_declared_article:
        raise NotAnArticleError(Outcome.GALLERY_PAGE, f"{len(captions)} captions, and {prose_words} words beside them")
    if prose_words < MIN_STORY_WORDS and metadata.page_type not in ARTICLE_TYPES:
        for declared in declared_type.kinds:
            if declared.kind is Outcome.GALLERY_PAGE:
                raise NotAnArticleError(
                    declared.kind, f"{declared.evidence}, with {prose_words} words beside the captions"
                )
