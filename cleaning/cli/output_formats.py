"""The output formats of ``clean``: text, Markdown, JSON, and explanations on the terminal or as an HTML page."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from cleaning.article import Cleaned
from cleaning.batch import NotCleaned
from cleaning.cli.inputs import InputOrigin
from cleaning.output.explain import ExplainedPage
from cleaning.output.safe_text import dump_safe_json, strip_unprintable, to_json_value, to_one_line
from cleaning.worker_pool import WorkerLostError

PageResult = Cleaned | ExplainedPage | NotCleaned | WorkerLostError
"""The result of cleaning a page, with or without an explanation."""
Rejection = NotCleaned | WorkerLostError
"""The result of a page without an article."""


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """A format in which the results of pages are written to one output."""

    write: Callable[[InputOrigin, PageResult], str]
    """Return a page's result in this format; an empty string if the format leaves such results out."""
    between: Callable[[InputOrigin, bool], str] = lambda origin, is_first: ""
    """Return the separator before a page's result; used if the output may have several pages."""
    beginning: Callable[[], str] = str
    """Return the start of the output, before the first result."""


def _format_title_line(origin: InputOrigin, is_first: bool) -> str:
    """Return a title line as ``head`` and ``tail`` print between files."""
    return f"{'' if is_first else chr(10)}==> {to_one_line(origin.name)} <==\n"


def _format_rule_line(origin: InputOrigin, is_first: bool) -> str:
    return "" if is_first else "\n---\n\n"


def _format_text(origin: InputOrigin, result: PageResult) -> str:
    if not isinstance(result, Cleaned):
        return ""
    title = [result.article.title] if result.article.title else []
    return strip_unprintable("\n\n".join([*title, result.article.text])) + "\n"


def _format_json(origin: InputOrigin, result: PageResult) -> str:
    fields: dict[str, Any] = {"file": origin.file}
    if isinstance(result, Cleaned):
        fields |= {"outcome": "article", **to_json_value(asdict(result))}
    elif not isinstance(result, ExplainedPage):
        fields |= {"url": origin.url} if origin.url else {}
        fields |= {"outcome": result.outcome, "detail": result.detail}
    return dump_safe_json(fields) + "\n"


def _format_page(origin: InputOrigin, result: PageResult) -> str:
    from cleaning.output.explain_html import render_article, render_rejection

    if isinstance(result, ExplainedPage):
        return render_article(origin.name, result)
    return render_rejection(origin.name, result.outcome, result.detail) if isinstance(result, Rejection) else ""


def _format_page_start() -> str:
    from cleaning.output.explain_html import render_page_start

    return render_page_start()


FORMATS = {
    "text": OutputFormat(_format_text, _format_title_line),
    "json": OutputFormat(_format_json),
}
EXPLANATION_PAGE = OutputFormat(_format_page, beginning=_format_page_start)


def build_markdown_format(captions: bool) -> OutputFormat:
    """Return the format for Markdown.

    Args:
        captions: whether to include the captions of pictures.
    """
    from cleaning.output.markdown import to_markdown

    def write(origin: InputOrigin, result: PageResult) -> str:
        """Return an article as Markdown; an empty string if the page has no article."""
        return strip_unprintable(to_markdown(result.article, captions)) + "\n" if isinstance(result, Cleaned) else ""

    return OutputFormat(write, _format_rule_line)


def build_terminal_format(colours: bool) -> OutputFormat:
    """Return the format for explanations on a terminal.

    Args:
        colours: whether to use colours and strikethrough; otherwise removed text is in brackets.
    """
    from cleaning.cli.explain_terminal import format_explanation

    def write(origin: InputOrigin, result: PageResult) -> str:
        """Return the explanation of a page; an empty string if the page has no article."""
        return f"{format_explanation(result, colours)}\n" if isinstance(result, ExplainedPage) else ""

    return OutputFormat(write, _format_title_line)
