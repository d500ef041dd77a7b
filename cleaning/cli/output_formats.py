"""The forms in which a page's result can be written: text, Markdown, JSON, and accounts of what was removed."""

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
"""What comes of a page, with or without the account of it."""
Rejection = NotCleaned | WorkerLostError


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """A way to write results."""

    write: Callable[[InputOrigin, PageResult], str]
    """A page's result; empty where this form has nothing to say of it."""
    between: Callable[[InputOrigin, bool], str] = lambda origin, is_first: ""
    """What stands before a page's result, where there may be several."""
    beginning: Callable[[], str] = str


def _format_title_line(origin: InputOrigin, is_first: bool) -> str:
    """As ``head`` and ``tail`` tell files apart."""
    return f"{'' if is_first else chr(10)}==> {to_one_line(origin.name)} <==\n"


def _format_rule_line(origin: InputOrigin, is_first: bool) -> str:
    return "" if is_first else "\n---\n\n"


def _format_text(origin: InputOrigin, result: PageResult) -> str:
    if not isinstance(result, Cleaned):
        return ""
    title = [result.article.title] if result.article.title else []
    return strip_unprintable("\n\n".join([*title, result.article.text])) + "\n"


def _format_markdown(origin: InputOrigin, result: PageResult) -> str:
    from cleaning.output.markdown import to_markdown

    return strip_unprintable(to_markdown(result.article)) + "\n" if isinstance(result, Cleaned) else ""


def _format_json(origin: InputOrigin, result: PageResult) -> str:
    found: dict[str, Any] = {"file": origin.file}
    if isinstance(result, Cleaned):
        found |= {"outcome": "article", **to_json_value(asdict(result))}
    elif not isinstance(result, ExplainedPage):
        found |= {"url": origin.url} if origin.url else {}
        found |= {"outcome": result.outcome, "detail": result.detail}
    return dump_safe_json(found) + "\n"


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
    "markdown": OutputFormat(_format_markdown, _format_rule_line),
    "json": OutputFormat(_format_json),
}
EXPLANATION_PAGE = OutputFormat(_format_page, beginning=_format_page_start)


def build_terminal_format(colours: bool) -> OutputFormat:
    """Accounts for a terminal."""
    from cleaning.cli.explain_terminal import format_explanation

    def write(origin: InputOrigin, result: PageResult) -> str:
        return f"{format_explanation(result, colours)}\n" if isinstance(result, ExplainedPage) else ""

    return OutputFormat(write, _format_title_line)
