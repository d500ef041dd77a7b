"""Cleanwire's cleaner: extracts the article from a news page, and removes everything else.

Everything that other programs need is exported here; the rest of the package may change.

>>> from cleaning import clean_text
>>> clean_text("Flood in Mombasa\\n\\nThe river rose on Monday, officials said.\\n\\nEdited by: Ali Musa").editors
('Ali Musa',)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cleaning.article import Article, Block, BlockKind, Cleaned, Removal
    from cleaning.batch import CleanedPage, Page, clean_many
    from cleaning.cleaner import clean, clean_and_explain, clean_text, clean_text_and_explain
    from cleaning.outcomes import NotAnArticleError, Outcome
    from cleaning.site_files import SitesError, load_sites
    from cleaning.site_rules import Sites

# Names are imported on first use, so that a program that needs one module does not wait for all of them: with imports
# where they are needed, `cleanwire --help` takes 0.09 s instead of 0.25 s.
_MODULE_BY_NAME = {
    "Article": "article",
    "Block": "article",
    "BlockKind": "article",
    "Cleaned": "article",
    "CleanedPage": "batch",
    "NotAnArticleError": "outcomes",
    "Outcome": "outcomes",
    "Page": "batch",
    "Removal": "article",
    "Sites": "site_rules",
    "SitesError": "site_files",
    "clean": "cleaner",
    "clean_and_explain": "cleaner",
    "clean_many": "batch",
    "clean_text": "cleaner",
    "clean_text_and_explain": "cleaner",
    "load_sites": "site_files",
}

__all__ = [
    "Article",
    "Block",
    "BlockKind",
    "Cleaned",
    "CleanedPage",
    "NotAnArticleError",
    "Outcome",
    "Page",
    "Removal",
    "Sites",
    "SitesError",
    "clean",
    "clean_and_explain",
    "clean_many",
    "clean_text",
    "clean_text_and_explain",
    "load_sites",
]


def __getattr__(name: str) -> Any:
    """Import an exported name from its module (PEP 562)."""
    if name not in _MODULE_BY_NAME:
        raise AttributeError(f"module 'cleaning' has no attribute {name!r}")
    return getattr(import_module(f"cleaning.{_MODULE_BY_NAME[name]}"), name)
