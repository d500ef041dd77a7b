"""The page of one article, as a content management system's theme would set it."""

from collections.abc import Sequence
from datetime import datetime

from crawler.demo.demo_article import DemoArticle
from crawler.demo.labels import Labels, get_labels
from crawler.demo.markup import Html, build_element, build_link, fill_template, join_html, to_html
from crawler.demo.story_body import build_body
from crawler.demo.story_head import build_head
from crawler.demo.theme import (
    SITE_NAME,
    Theme,
    build_author_path,
    build_tag_path,
    get_section_name,
    get_section_path,
    make_slug,
)

WORDS_PER_MINUTE = 180
SHARE_NETWORKS = ("Facebook", "WhatsApp", "Telegram", "Copy link")


def build_story_page(article: DemoArticle, theme: Theme, related: Sequence[DemoArticle]) -> Html:
    """The whole page of an article; ``related`` are the articles before and after it, and those like it."""
    labels = get_labels(article.language)
    main = fill_template(
        "story.html",
        site_name=SITE_NAME,
        crumb=build_link(get_section_name(article), get_section_path(article)),
        title=article.title,
        meta_line=build_meta_line(article, labels),
        share_bar=build_share_bar(labels),
        body=build_body(article),
        topics_label=labels.topics,
        topics=join_html((build_link(tag, build_tag_path(tag), rel="tag") for tag in article.tags), ", "),
        bio=build_bio(article, labels),
        turn=build_neighbour_links(related, labels),
        newsletter=labels.newsletter,
        newsletter_text=labels.newsletter_text,
        newsletter_button=labels.newsletter_button,
        related_label=labels.related,
        related=join_html(build_element("li", build_link(other.title, other.path)) for other in related),
        comments_label=labels.comments,
        comment_count=str(len(article.comments)),
        comments=join_html(build_comment(one.name, one.text) for one in article.comments),
        leave_comment=labels.leave_comment,
        comment_notice=labels.comment_notice,
    )
    return theme.build_page(
        title=f"{article.title} | {SITE_NAME}",
        main=main,
        head=build_head(article, theme),
        language=article.language,
        body_class=f"page-story lang-{article.language}",
    )


def list_theme_texts(language: str) -> tuple[str, ...]:
    """What the theme says on every article's page in a language: none of it is the article."""
    labels = get_labels(language)
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


def build_meta_line(article: DemoArticle, labels: Labels) -> Html:
    """Byline, times and reading time, in one line below the title."""
    words = sum(len(text.split()) if article.language != "zh" else len(text) / 2 for text in article.must_stay)
    pieces: list[str] = [
        build_byline(article, labels),
        format_timestamp(article, article.published, labels.published, labels),
    ]
    if article.modified:
        pieces.append(format_timestamp(article, article.modified, labels.updated, labels))
    pieces.append(labels.reading.format(minutes=max(1, round(words / WORDS_PER_MINUTE))))
    return join_html(filter(None, pieces), " | " if article.markup == "visible" else " · ")


def build_byline(article: DemoArticle, labels: Labels) -> Html:
    """The authors: links where the page has markup at all, else bare names."""
    if not article.authors:
        return Html("")
    names = article.authors
    if article.markup != "visible":
        names = tuple(build_link(author, build_author_path(author), rel="author") for author in names)
    return Html(to_html(labels.by).format(names=join_html(names, ", ")))


def format_timestamp(article: DemoArticle, moment: datetime, wording: str, labels: Labels) -> Html:
    """A time of the article as the page shows it."""
    shown = labels.format_time(moment)
    if article.markup == "visible":
        return to_html(wording.format(time=f"{shown} {moment:%Z}".replace("UTC", "GMT")))
    if article.markup == "time-tag":
        return Html(to_html(wording).format(time=build_element("time", shown, datetime=moment.isoformat())))
    return to_html(wording.format(time=shown))


def build_share_bar(labels: Labels) -> Html:
    """The links that share an article."""
    links = [
        build_element("a", network, href=f"https://share.example/{make_slug(network)}", rel="nofollow")
        for network in SHARE_NETWORKS
    ]
    return build_element("div", join_html([build_element("span", labels.share), *links]), class_="share-bar")


def build_bio(article: DemoArticle, labels: Labels) -> Html:
    """The box on the author, where the article has one."""
    if not article.bio:
        return Html("")
    return build_element(
        "div", join_html([build_element("h3", labels.about_author), build_element("p", article.bio)]), class_="bio-box"
    )


def build_neighbour_links(neighbours: Sequence[DemoArticle], labels: Labels) -> Html:
    """The links to the articles before and after."""
    wordings = (labels.previous, labels.next)
    return join_html(
        build_link(f"{wording}: {other.title}", other.path)
        for wording, other in zip(wordings, neighbours, strict=False)
    )


def build_comment(name: str, text: str) -> Html:
    """A reader's comment."""
    return build_element(
        "div", join_html([build_element("p", name, class_="comment-name"), build_element("p", text)]), class_="comment"
    )
