"""The columns of an article in a table: Parquet, Arrow, pandas and CSV have the same ones, in this order.

In Arrow, a moment is a ``timestamp[us, tz=UTC]``; the zone that a page stated is lost there, and kept in JSONL and CSV.
Mappings are lists of pairs: the ``datasets`` library does not read Arrow's maps.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from storage.exports.optional_packages import import_pyarrow

if TYPE_CHECKING:
    import pyarrow as pa

ColumnKind = Literal["text", "texts", "moment", "whole", "number", "flag", "origins", "removals"]


@dataclass(frozen=True, slots=True)
class Column:
    """A field of `storage.StoredArticle` as a column."""

    name: str
    kind: ColumnKind
    """``text``: a string; ``texts``: a list of strings; ``moment``: a time; ``whole``: a 64-bit integer; ``number``: a
    double; ``flag``: true or false; ``origins``: a list of ``field`` and ``origin``; ``removals``: a list of ``step``,
    ``rule`` and ``text``."""
    about: str
    """What it holds, in half a sentence of Markdown."""


COLUMNS: Final = (
    Column("id", "whole", "the article's number in the corpus it comes from"),
    Column("url", "text", "the address the text was fetched from, after redirects"),
    Column("canonical_url", "text", "the address that the page names as its own"),
    Column("source", "text", "the site: its host without `www.`"),
    Column("title", "text", "the headline, without the site's name"),
    Column("text", "text", "the cleaned text: paragraphs separated by a blank line"),
    Column("authors", "texts", "people named as authors"),
    Column("organisations", "texts", "outlets, agencies and teams named as authors"),
    Column("editors", "texts", "people named as editors"),
    Column("translators", "texts", "people named as translators"),
    Column("contributors", "texts", "people named for additional reporting, photographs and the like"),
    Column("credits", "texts", "sources and agencies that are credited"),
    Column("photo_credits", "texts", "who took the pictures"),
    Column("dateline", "text", "the place and agency that opened the first sentence"),
    Column("published", "moment", "first publication, UTC"),
    Column("published_precision", "text", "down to what it is known: `year`, `month`, `day`, `minute` or `second`"),
    Column("modified", "moment", "last change as the page states it, UTC"),
    Column("modified_precision", "text", "like `published_precision`"),
    Column("language", "text", "ISO 639-1, or `unknown`"),
    Column("language_confidence", "number", "0 to 1; 0 where the language is unknown"),
    Column("site_name", "text", "what the site calls itself"),
    Column("section", "text", "the site's section"),
    Column("tags", "texts", "keywords that the page names"),
    Column("description", "text", "the page's own summary"),
    Column("image", "text", "address of the lead image"),
    Column("licence", "text", "address or name of the licence that the page states"),
    Column("page_type", "text", "what the page says it is: a schema.org or OpenGraph type"),
    Column("paywalled", "flag", "whether the page says that reading it takes a subscription"),
    Column("robots", "texts", "what the page asks of all robots, such as `noai`"),
    Column("tdm_reserved", "flag", "whether the page reserves the rights to text and data mining"),
    Column("tdm_policy", "text", "address of the page's policy on text and data mining"),
    Column("word_count", "whole", "words of `text`; in scripts without spaces, characters"),
    Column("content_hash", "text", "SHA-256 of `text`, in hexadecimal"),
    Column("flags", "texts", "doubts about the text, such as `much-removed` or `several-stories`"),
    Column("provenance", "origins", "where fields come from, such as `json-ld` or `byline`"),
    Column("removals", "removals", "what was removed from the page, and by which step and rule"),
    Column("stored_at", "moment", "when the article first came into the corpus, UTC"),
    Column("fetched_at", "moment", "when the page that gave this text was fetched, UTC"),
    Column("outcome", "text", "what the last look at its address gave, such as `stored` or `unchanged`"),
    Column("version", "whole", "1, and one more for each change that was found"),
    Column("gone_at", "moment", "when its page was found to be gone, UTC"),
    Column("cleaner", "text", "the version and the rules that made the text"),
    Column("cluster_id", "whole", "articles that tell nearly the same have the same number"),
)
"""Of these, ``id``, ``url``, ``source``, ``text``, ``language``, ``word_count``, ``stored_at``, ``fetched_at`` and
``version`` always have a value; lists are empty and never null."""


def arrow_schema() -> "pa.Schema":
    """The columns for Arrow; each field's metadata says ``about`` it. Raises `MissingPackage`."""
    pa = import_pyarrow()
    text = pa.string()
    types: dict[ColumnKind, Any] = {
        "text": text,
        "texts": pa.list_(text),
        "moment": pa.timestamp("us", tz="UTC"),
        "whole": pa.int64(),
        "number": pa.float64(),
        "flag": pa.bool_(),
        "origins": pa.list_(pa.struct([("field", text), ("origin", text)])),
        "removals": pa.list_(pa.struct([("step", text), ("rule", text), ("text", text)])),
    }
    return pa.schema(pa.field(each.name, types[each.kind], metadata={"about": each.about}) for each in COLUMNS)
