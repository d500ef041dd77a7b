"""Generate the page that documents the schema: ``python -m storage.schema.docs > docs/schema.md``."""

import ast
import inspect
from collections.abc import Iterator
from textwrap import dedent
from typing import Any, Final

from sqlalchemy import Column

from storage.schema.tables import Base
from storage.schema.views import VIEWS

PAGE_HEAD: Final = """\
# The schema

Generated from the models by `python -m storage.schema.docs > docs/schema.md`; a test compares the two.

Times are in UTC. Lists and objects are JSON. Query the **views**: their names and columns are stable, and new versions
only add columns at the end. The tables behind them may change with any version.

    cleanwire sql 'SELECT source, count(*) FROM articles GROUP BY source'
    datasette corpus.db
    python -c "import pandas, sqlite3; print(pandas.read_sql('SELECT * FROM articles', sqlite3.connect('corpus.db')))"
"""


def render_page() -> str:
    """Return the page in Markdown.

    Views come first, because they are the part that users may rely on. A table's description is the docstring of its
    class; a column's is the string below it, or the table that it refers to.
    """
    return "\n".join([PAGE_HEAD, "## Views", "", *_render_views(), "## Tables", "", *_render_tables()]).rstrip() + "\n"


def _render_views() -> Iterator[str]:
    for view in VIEWS:
        yield f"### {view.name}"
        yield ""
        yield view.about
        yield ""
        yield ", ".join(f"`{column.name}`" for column in view.rows.selected_columns)
        yield ""


def _render_tables() -> Iterator[str]:
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: str(mapper.local_table)):
        model: Any = mapper.class_
        column_docs = _read_attribute_docs(model)
        yield f"### {model.__tablename__}"
        yield ""
        yield " ".join(inspect.cleandoc(model.__doc__ or "").split())
        yield ""
        yield "| column | type | |"
        yield "|---|---|---|"
        for column in model.__table__.columns:
            meaning = _escape_cell(column_docs.get(column.name, "")) or _describe_reference(column)
            yield f"| `{column.name}` | {_describe_type(column)} | {meaning} |"
        yield ""


def _describe_type(column: Column[Any]) -> str:
    kind = {
        "SafeText": "text",
        "SafeString": "text",
        "UtcDateTime": "time",
        "Strings": "list of texts",
        "Removals": "list of objects",
        "Counts": "object of numbers",
        "StringsByName": "object of texts",
        "Bytes": "bytes",
    }.get(type(column.type).__name__, type(column.type).__name__.lower())
    return kind + (", or NULL" if column.nullable else "")


def _describe_reference(column: Column[Any]) -> str:
    return ", ".join(f"references `{key.column.table.name}`" for key in sorted(column.foreign_keys, key=str))


def _read_attribute_docs(model: type) -> dict[str, str]:
    """Return the strings below a class's attributes, by attribute name."""
    # Python does not keep these strings at run time, so they are read from the source.
    (definition,) = ast.parse(dedent(inspect.getsource(model))).body
    assert isinstance(definition, ast.ClassDef)
    docs: dict[str, str] = {}
    for statement, following in zip(definition.body, definition.body[1:], strict=False):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                docs[name] = " ".join(text.split())
    return docs


def _escape_cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(render_page(), end="")
