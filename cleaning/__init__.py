"""Cleanwire's cleaner: a news page in, the article out, everything else left behind.

>>> from cleaning import clean_text
>>> clean_text("Flood in Mombasa\\n\\nThe river rose on Monday, officials said.\\n\\nEdited by: Ali Musa").editors
('Ali Musa',)
"""

from .article import Article, Block, BlockKind, Cleaned, Removal
from .cleaner import clean, clean_and_explain, clean_text, clean_text_and_explain
from .outcomes import NotAnArticleError, Outcome

__all__ = [
    "Article",
    "Block",
    "BlockKind",
    "Cleaned",
    "NotAnArticleError",
    "Outcome",
    "Removal",
    "clean",
    "clean_and_explain",
    "clean_text",
    "clean_text_and_explain",
]
