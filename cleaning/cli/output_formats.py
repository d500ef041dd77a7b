"""The forms in which a page's result can be written: text, Markdown, JSON, and accounts of what was removed."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from cleaning.article import Cleaned
from cleaning.batch import NotCleaned
from cleaning.cli.inputs import Origin
from cleaning.output.explain import Explained
from cleaning.output.safe_text import json_text, one_line, plain, printable
from cleaning.worker_pool import WorkerLostError

Result = Cleaned | Explained | NotCleaned | WorkerLostError
"""What comes of a page, with or without the account of it."""
Refusal = NotCleaned | WorkerLostError


@dataclass(frozen=True, slots=True)
class Form:
    """A way to write results."""

    write: Callable[[Origin, Result], str]
    """A page's result; empty where this form has nothing to say of it."""
    between: Callable[[Origin, bool], str] = lambda origin, is_first: ""
    """What stands before a page's result, where there may be several."""
    beginning: Callable[[], str] = str


def _titled(origin: Origin, is_first: bool) -> str:
    """As ``head`` and ``tail`` tell files apart."""
    return f"{'' if is_first else chr(10)}==> {one_line(origin.name)} <==\n"


def _ruled(origin: Origin, is_first: bool) -> str:
    return "" if is_first else "\n---\n\n"


def _as_text(origin: Origin, result: Result) -> str:
    if not isinstance(result, Cleaned):
        return ""
    title = [result.article.title] if result.article.title else []
    return printable("\n\n".join([*title, result.article.text])) + "\n"


def _as_markdown(origin: Origin, result: Result) -> str:
    from cleaning.output.markdown import to_markdown

    return printable(to_markdown(result.article)) + "\n" if isinstance(result, Cleaned) else ""


def _as_json(origin: Origin, result: Result) -> str:
    found: dict[str, Any] = {"file": origin.file}
    if isinstance(result, Cleaned):
        found |= {"outcome": "article", **plain(asdict(result))}
    elif not isinstance(result, Explained):
        found |= {"url": origin.url} if origin.url else {}
        found |= {"outcome": result.outcome, "detail": result.detail}
    return json_text(found) + "\n"


def _as_page(origin: Origin, result: Result) -> str:
    from cleaning.output.explain_html import account_of, account_of_refusal

    if isinstance(result, Explained):
        return account_of(origin.name, result)
    return account_of_refusal(origin.name, result.outcome, result.detail) if isinstance(result, Refusal) else ""


def _page_beginning() -> str:
    from cleaning.output.explain_html import page_beginning

    return page_beginning()


FORMS = {
    "text": Form(_as_text, _titled),
    "markdown": Form(_as_markdown, _ruled),
    "json": Form(_as_json),
}
ACCOUNT_PAGE = Form(_as_page, beginning=_page_beginning)


def account_form(colours: bool) -> Form:
    """Accounts for a terminal."""
    from cleaning.cli.explain_terminal import explanation

    def write(origin: Origin, result: Result) -> str:
        return f"{explanation(result, colours)}\n" if isinstance(result, Explained) else ""

    return Form(write, _titled)
