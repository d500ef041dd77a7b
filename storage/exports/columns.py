"""The columns of exported tables: the same for Parquet, Arrow, pandas and CSV, and in this order.

In Arrow, a time is a ``timestamp[us, tz=UTC]``. The time zone that a page stated is lost there; JSONL and CSV keep it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from storage.exports.optional_packages import import_pyarrow

if TYPE_CHECKING:
    import pyarrow as pa

ColumnKind = Literal["text", "texts", "moment", "whole", "number", "flag", "origins", "removals", "statements"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: a field of `storage.StoredArticle` with its type and description."""

    name: str
    kind: ColumnKind
    """``text``: a string; ``texts``: a list of strings; ``moment``: a time; ``whole``: a 64-bit integer; ``number``: a
    double; ``flag``: true or false; ``origins``: a list of ``field`` and ``origin``; ``removals``: a list of ``step``,
    ``rule`` and ``text``; ``statements``: a list of ``where``, ``use``, ``allowed``, ``url`` and ``text``."""
    about: str
    """Description of the content in Markdown, starting in lower case and without a full stop."""


COLUMNS: Final = (
    Column("id", "whole", "the article's id in the corpus from which it was exported"),
    Column("url", "text", "the URL from which the text was fetched, after redirects"),
    Column("canonical_url", "text", "the URL that the page declares as its own"),
    Column("source", "text", "the site: its host without `www.`"),
    Column("title", "text", "the headline, without the site's name"),
    Column("text", "text", "the cleaned text: paragraphs separated by a blank line"),
    Column("authors", "texts", "people named as authors"),
    Column("organisations", "texts", "outlets, agencies and teams named as authors"),
    Column("editors", "texts", "people named as editors"),
    Column("translators", "texts", "people named as translators"),
    Column("contributors", "texts", "people named for additional reporting, photographs and the like"),
    Column("credits", "texts", "credited sources and agencies"),
    Column("photo_credits", "texts", "photographers and picture agencies"),
    Column("dateline", "text", "the place and agency at the start of the first sentence"),
    Column("published", "moment", "first publication, UTC"),
    Column(
        "published_precision", "text", "the smallest unit that is known: `year`, `month`, `day`, `minute` or `second`"
    ),
    Column("modified", "moment", "last change as the page states it, UTC"),
    Column("modified_precision", "text", "like `published_precision`"),
    Column("language", "text", "ISO 639-1, or `unknown`"),
    Column("language_confidence", "number", "0 to 1; 0 if the language is unknown"),
    Column("site_name", "text", "the name of the site"),
    Column("section", "text", "the section of the site"),
    Column("tags", "texts", "the keywords of the page"),
    Column("description", "text", "the page's own summary"),
    Column("image", "text", "URL of the lead image"),
    Column("licence", "text", "URL or name of the licence that the page states"),
    Column("page_type", "text", "the page's declared schema.org or OpenGraph type"),
    Column("paywalled", "flag", "whether the page says that reading it takes a subscription"),
    Column("robots", "texts", "the page's directives for all robots, such as `noai`"),
    Column("tdm_reserved", "flag", "whether the page reserves the rights to text and data mining"),
    Column("tdm_policy", "text", "URL of the page's policy on text and data mining"),
    Column("usage_statements", "statements", "what the site states about uses such as `ai-train`, and where"),
    Column("word_count", "whole", "words of `text`; in scripts without spaces, characters"),
    Column("content_hash", "text", "SHA-256 of `text`, in hexadecimal"),
    Column("flags", "texts", "doubts about the text, such as `much-removed` or `several-stories`"),
    Column("provenance", "origins", "where each field's value comes from, such as `json-ld` or `byline`"),
    Column("removals", "removals", "text that was removed from the page, with the step and the rule"),
    Column("stored_at", "moment", "when the article was first stored, UTC"),
    Column("fetched_at", "moment", "when the page of this text was fetched, UTC"),
    Column("outcome", "text", "outcome of the last fetch of its URL, such as `stored` or `unchanged`"),
    Column("version", "whole", "1, plus one for each stored change"),
    Column("gone_at", "moment", "when the page was found to be gone, UTC"),
    Column("cleaner", "text", "version and rules of the cleaner that made the text"),
    Column("cluster_id", "whole", "near-duplicates have the same number"),
)
"""All columns. ``id``, ``url``, ``source``, ``text``, ``language``, ``word_count``, ``stored_at``, ``fetched_at`` and
``version`` always have a value. Lists are never null, but may be empty."""


def arrow_schema() -> "pa.Schema":
    """Return the columns as an Arrow schema. Each field's description is in its metadata, under ``about``.

    Raises:
        MissingPackage: pyarrow is not installed.
    """
    pa = import_pyarrow()
    text = pa.string()
    # Mappings are lists of pairs, because Hugging Face's datasets library does not read Arrow's map type.
    types: dict[ColumnKind, Any] = {
        "text": text,
        "texts": pa.list_(text),
        "moment": pa.timestamp("us", tz="UTC"),
        "whole": pa.int64(),
        "number": pa.float64(),
        "flag": pa.bool_(),
        "origins": pa.list_(pa.struct([("field", text), ("origin", text)])),
        "statements": pa.list_(
            pa.struct([("where", text), ("use", text), ("allowed", pa.bool_()), ("url", text), ("text", text)])
        ),
        "removals": pa.list_(pa.struct([("step", text), ("rule", text), ("text", text)])),
    }
    return pa.schema(pa.field(each.name, types[each.kind], metadata={"about": each.about}) for each in COLUMNS)
