"""Cleanwire's cleaner: a news page in, the article out, everything else left behind.

>>> from cleaning import clean_text
>>> clean_text("Flood in Mombasa\\n\\nThe river rose on Monday, officials said.\\n\\nEdited by: Ali Musa").editors
('Ali Musa',)
"""

from .article import Article, Block, BlockKind, Cleaned, Removal
from .cleaner import clean, clean_and_explain, clean_text, clean_text_and_explain
from .many import CleanedPage, Page, clean_many
from .outcomes import NotAnArticleError, Outcome
from .sites import Sites, SitesError, load_sites

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
