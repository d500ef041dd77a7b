"""Is the page an article? If not, by which name it is refused.

A true article that is refused is lost, a page of another kind that passes is one wrong row: each test needs either the
page's own statement or two signs. What the signs are, :mod:`cleaning.page_types.signals` knows.
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
    is_titled,
    load_title_pattern,
)

MIN_ARTICLE_WORDS = 25
"""Words below which a text is no article; the shortest agency briefs have about thirty."""
MIN_TEASERS, MIN_STORY_WORDS = 3, 80
"""A page with so many teasers below linked titles must have so many words of prose between two to hold a story."""
MIN_TITLE_WORDS = 4
"""Words that such a title has at least."""
MAX_CARD_BLOCKS = 3
"""Blocks from a title to its teaser at most: a section and a date may stand between them."""
MAX_STUB_WORDS = 120
"""Words below which a page that is a captcha, an error or a paywall by its title is nothing else."""
MIN_LISTED_LINKS = 8
"""Links that may be titles from which on a page without text or headline is a list of them."""
MIN_GALLERY_CAPTIONS = 4
"""Captions, or pictures in a gallery, from which on a page may be nothing but a gallery."""


def reject_declared_type(tree: html.HtmlElement, declared_type: DeclaredType, metadata: Metadata) -> None:
    """Raise the outcome of a page that calls itself something else than an article, and shows that it is."""
    if declared_type.by_class and declared_type.by_class.kind is Outcome.SOFT_404:
        raise NotAnArticleError(declared_type.by_class.kind, declared_type.by_class.by)
    if metadata.page_type in ARTICLE_TYPES:
        return
    for named in declared_type.named:
        # Plugins call every page an article in OpenGraph, which makes the class of the body the weaker of two signs.
        headlines = 1 if named is declared_type.by_class and not metadata.is_declared_article else 2
        if _is_confirmed(named.kind, tree, declared_type, headlines):
            raise NotAnArticleError(named.kind, named.by)
    if not metadata.is_declared_article and is_titled("login", declared_type.titles) and has_password_field(tree):
        raise NotAnArticleError(Outcome.LOGIN_PAGE, "its title and a field for a password say so")


def _is_confirmed(kind: Outcome, tree: html.HtmlElement, declared_type: DeclaredType, headlines: int) -> bool:
    """Whether the page has what such pages have: lists link so many headlines, logins ask for a password."""
    if kind is Outcome.LOGIN_PAGE:
        return has_password_field(tree)
    if kind is Outcome.SEARCH_PAGE and find_search_query(tree, declared_type.titles):
        return True
    return kind in LIST_OUTCOMES and len(find_linked_headlines(tree)) >= headlines


def reject_teaser_list(
    blocks: Sequence[PageBlock],
    chosen: Sequence[bool],
    tree: html.HtmlElement,
    declared_type: DeclaredType,
    metadata: Metadata,
) -> None:
    """Raise the outcome of a list: what was chosen is teasers below linked titles, and no story between any two."""
    if metadata.is_declared_article:
        return
    teasers, longest = _count_teasers(blocks, chosen)
    if teasers >= MIN_TEASERS and longest < MIN_STORY_WORDS:
        raise NotAnArticleError(_classify_list(tree, declared_type), f"{teasers} teasers and no story")


def _count_teasers(blocks: Sequence[PageBlock], chosen: Sequence[bool]) -> tuple[int, int]:
    """How many linked titles have prose below them, and the words of the longest of it."""
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
    """Whether nothing but stories stands there, one below the other, each below a heading that links to its page.

    Blogs show whole posts so. The text is prose, so it is not refused here.
    """
    if metadata.is_declared_article:
        return False
    levels = {block.container.tag for block in blocks if _is_linked_heading(block)} & {"h1", "h2", "h3"}
    return any(_has_only_stories(blocks, chosen, level) for level in levels)


def _has_only_stories(blocks: Sequence[PageBlock], chosen: Sequence[bool], level: str) -> bool:
    """Whether all prose stands below linked headings of one level; a heading above it or beside it ends a story."""
    words_of: dict[str, int] = {}
    page = ""
    for block, is_chosen in zip(blocks, chosen, strict=True):
        if block.kind is BlockKind.HEADING and block.container.tag <= level:
            page = block.href if block.container.tag == level and _is_linked_heading(block) else ""
        elif is_chosen and _is_text(block):
            words_of[page] = words_of.get(page, 0) + count_words(block.text)
            if words_of.get("", 0) >= MIN_ARTICLE_WORDS:
                return False
    stories = sum(words >= MIN_ARTICLE_WORDS for page, words in words_of.items() if page)
    return stories >= MIN_TEASERS


def _is_linked_heading(block: PageBlock) -> bool:
    return block.kind is BlockKind.HEADING and _is_linked(block) and not block.href.startswith("#")


def _is_text(block: PageBlock) -> bool:
    return is_prose(block.text) and block.links < len(block.text) / 2


def _is_linked(block: PageBlock) -> bool:
    return block.links >= 0.9 * len(block.text) and block.removal is None


def _is_linked_title(block: PageBlock) -> bool:
    """Whether a block is the text of a link that may be another article's title."""
    return _is_linked(block) and count_words(block.text) >= MIN_TITLE_WORDS


def _classify_list(tree: html.HtmlElement, declared_type: DeclaredType) -> Outcome:
    """The name of what is a list by other signs."""
    if any(map(load_title_pattern("error").search, declared_type.titles)):
        return Outcome.SOFT_404
    exact = (
        named.kind
        for named in declared_type.named
        if named.kind in LIST_OUTCOMES and named.kind is not Outcome.INDEX_PAGE
    )
    searched = Outcome.SEARCH_PAGE if find_search_query(tree, declared_type.titles) else None
    return next(exact, None) or searched or find_kind_by_title(declared_type.titles) or Outcome.INDEX_PAGE


def reject_thin_page(
    lines: Sequence[Line],
    tree: html.HtmlElement,
    declared_type: DeclaredType,
    metadata: Metadata,
    removals: Sequence[Removal],
) -> None:
    """Raise the outcome of a page with little text: an error, a captcha, a stub, a login, a gallery, or just short."""
    text = " ".join(line.text for line in lines)
    words = count_words(text)
    title = " ".join(reversed(declared_type.titles))
    if words < MAX_STUB_WORDS:
        is_brief = words < MIN_ARTICLE_WORDS * 2
        if load_title_pattern("captcha").search(title) or (is_brief and load_title_pattern("captcha").search(text)):
            raise NotAnArticleError(Outcome.CAPTCHA, "it asks for proof of being human")
        if is_brief and has_captcha(tree, even_forms=words < MIN_ARTICLE_WORDS):
            raise NotAnArticleError(Outcome.CAPTCHA, f"{words} words, and it loads what asks for proof of being human")
        if load_title_pattern("error").search(title):
            raise NotAnArticleError(Outcome.SOFT_404, f"its title says so: {' '.join(title.split())[:80]!r}")
        if any(removal.rule == "paywall" for removal in removals) and (metadata.paywalled or is_brief):
            raise NotAnArticleError(Outcome.PAYWALL_STUB, f"{words} words and an invitation to subscribe")
    if words < MIN_ARTICLE_WORDS:
        outcome, detail = next(_classify_thin_page(tree, declared_type, metadata, removals, words))
        raise NotAnArticleError(outcome, f"{words} words, {detail}")
    _reject_gallery(lines, declared_type, metadata)


def _classify_thin_page(
    tree: html.HtmlElement, declared_type: DeclaredType, metadata: Metadata, removals: Sequence[Removal], words: int
) -> Iterator[tuple[Outcome, str]]:
    """What a page with next to no text may be, the likeliest first."""
    if metadata.paywalled:
        yield Outcome.PAYWALL_STUB, "and it says that reading takes a subscription"
    if any(removal.rule.startswith("consent") and count_words(removal.text) > words for removal in removals):
        yield Outcome.CONSENT_PAGE, "beside a consent notice"
    if has_password_field(tree) and not find_linked_headlines(tree):
        yield Outcome.LOGIN_PAGE, "and a field for a password"
    if query := find_search_query(tree, declared_type.titles):
        yield Outcome.SEARCH_PAGE, f"and a search for {query[:40]!r}"
    if not metadata.is_declared_article:
        yield from ((named.kind, named.by) for named in declared_type.named if named.kind in LIST_OUTCOMES)
    if (pictures := count_gallery_pictures(tree)) >= MIN_GALLERY_CAPTIONS:
        yield Outcome.GALLERY_PAGE, f"and {pictures} pictures"
    if (links := count_title_links(tree, MIN_TITLE_WORDS)) >= MIN_LISTED_LINKS and not metadata.is_declared_article:
        yield Outcome.INDEX_PAGE, f"and {links} links that may be titles"
    yield Outcome.TOO_SHORT, f"fewer than the {MIN_ARTICLE_WORDS} of the shortest brief"


def _reject_gallery(lines: Sequence[Line], declared_type: DeclaredType, metadata: Metadata) -> None:
    """Raise ``gallery-page`` where captions are all that is told, or where a page that calls itself one tells no story.

    Picture stories have prose before or between the pictures, and many call themselves articles.
    """
    captions = [line for line in lines if line.kind is BlockKind.CAPTION]
    told = sum(count_words(line.text) for line in lines if line.kind is not BlockKind.CAPTION)
    if len(captions) >= MIN_GALLERY_CAPTIONS and told < MIN_ARTICLE_WORDS and not metadata.is_declared_article:
        raise NotAnArticleError(Outcome.GALLERY_PAGE, f"{len(captions)} captions, and {told} words beside them")
    if told < MIN_STORY_WORDS and metadata.page_type not in ARTICLE_TYPES:
        for named in declared_type.named:
            if named.kind is Outcome.GALLERY_PAGE:
                raise NotAnArticleError(named.kind, f"{named.by}, with {told} words beside the captions")
