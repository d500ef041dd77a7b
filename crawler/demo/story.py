"""The page of one article, as a content management system's theme would set it."""

from collections.abc import Sequence
from datetime import datetime

from crawler.demo.article import DemoArticle
from crawler.demo.labels import Labels, labels_for
from crawler.demo.markup import Html, element, fill, html, join, link
from crawler.demo.story_body import body
from crawler.demo.story_head import head
from crawler.demo.theme import SITE_NAME, Theme, author_path, section_name, section_path, slug, tag_path

WORDS_A_MINUTE = 180
NETWORKS = ("Facebook", "WhatsApp", "Telegram", "Copy link")


def story_page(article: DemoArticle, theme: Theme, related: Sequence[DemoArticle]) -> Html:
    """The whole page of an article; ``related`` are the articles before and after it, and those like it."""
    labels = labels_for(article.language)
    main = fill(
        "story.html",
        site_name=SITE_NAME,
        crumb=link(section_name(article), section_path(article)),
        title=article.title,
        meta_line=meta_line(article, labels),
        share_bar=share_bar(labels),
        body=body(article),
        topics_label=labels.topics,
        topics=join((link(tag, tag_path(tag), rel="tag") for tag in article.tags), ", "),
        bio=bio(article, labels),
        turn=turn(related, labels),
        newsletter=labels.newsletter,
        newsletter_text=labels.newsletter_text,
        newsletter_button=labels.newsletter_button,
        related_label=labels.related,
        related=join(element("li", link(other.title, other.path)) for other in related),
        comments_label=labels.comments,
        comment_count=str(len(article.comments)),
        comments=join(comment(one.name, one.text) for one in article.comments),
        leave_comment=labels.leave_comment,
        comment_notice=labels.comment_notice,
    )
    return theme.page(
        title=f"{article.title} | {SITE_NAME}",
        main=main,
        head=head(article, theme),
        language=article.language,
        body_class=f"page-story lang-{article.language}",
    )


def furniture(language: str) -> tuple[str, ...]:
    """What the theme says on every article's page in a language: none of it is the article."""
    labels = labels_for(language)
    return (
        labels.share,
        labels.newsletter,
        labels.newsletter_text,
        labels.related,
        labels.leave_comment,
        labels.comment_notice,
        labels.cookie_text,
        f"{labels.accept} {labels.more}",
        labels.consent_title,
        labels.consent_text,
    )


def meta_line(article: DemoArticle, labels: Labels) -> Html:
    """Byline, times and reading time, in one line below the title."""
    words = sum(len(text.split()) if article.language != "zh" else len(text) / 2 for text in article.must_stay)
    pieces: list[str] = [byline(article, labels), stamp(article, article.published, labels.published, labels)]
    if article.modified:
        pieces.append(stamp(article, article.modified, labels.updated, labels))
    pieces.append(labels.reading.format(minutes=max(1, round(words / WORDS_A_MINUTE))))
    return join(filter(None, pieces), " | " if article.markup == "visible" else " · ")


def byline(article: DemoArticle, labels: Labels) -> Html:
    """The authors: links where the page has markup at all, else bare names."""
    if not article.authors:
        return Html("")
    names = article.authors
    if article.markup != "visible":
        names = tuple(link(author, author_path(author), rel="author") for author in names)
    return Html(html(labels.by).format(names=join(names, ", ")))


def stamp(article: DemoArticle, moment: datetime, wording: str, labels: Labels) -> Html:
    """A time of the article as the page shows it."""
    shown = labels.time(moment)
    if article.markup == "visible":
        return html(wording.format(time=f"{shown} {moment:%Z}".replace("UTC", "GMT")))
    if article.markup == "time-tag":
        return Html(html(wording).format(time=element("time", shown, datetime=moment.isoformat())))
    return html(wording.format(time=shown))


def share_bar(labels: Labels) -> Html:
    """The links that share an article."""
    links = [
        element("a", network, href=f"https://share.example/{slug(network)}", rel="nofollow") for network in NETWORKS
    ]
    return element("div", join([element("span", labels.share), *links]), class_="share-bar")


def bio(article: DemoArticle, labels: Labels) -> Html:
    """The box on the author, where the article has one."""
    if not article.bio:
        return Html("")
    return element("div", join([element("h3", labels.about_author), element("p", article.bio)]), class_="bio-box")


def turn(neighbours: Sequence[DemoArticle], labels: Labels) -> Html:
    """The links to the articles before and after."""
    wordings = (labels.previous, labels.next)
    return join(
        link(f"{wording}: {other.title}", other.path) for wording, other in zip(wordings, neighbours, strict=False)
    )


def comment(name: str, text: str) -> Html:
    """A reader's comment."""
    return element("div", join([element("p", name, class_="comment-name"), element("p", text)]), class_="comment")
