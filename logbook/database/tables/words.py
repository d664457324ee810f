"""The index of words beside the tickets: full text on SQLite, two GIN indexes on PostgreSQL.

It stands outside the shared metadata, since each database has its own kind: migration 0002 makes it,
`search_text` writes and reads it, and everything that belongs to it begins with `PREFIX`.
"""

from __future__ import annotations

from sqlalchemy import Integer, Text, column, literal_column, table
from sqlalchemy.types import UserDefinedType

PREFIX = "ticket_words"
ticket_words = table(PREFIX, column("rowid", Integer), column("matter", Text), column("caller", Text))
"""SQLite's FTS5 table; its rowid is the ticket's id."""


class TsVector(UserDefinedType[str]):
    """PostgreSQL's type of an index of words; the dialect itself is loaded only where it is spoken."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Its name in SQL."""
        return "TSVECTOR"


class TsQuery(UserDefinedType[str]):
    """PostgreSQL's type of a question to such an index."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Its name in SQL."""
        return "TSQUERY"


ALL_WORDS = literal_column(
    "array_to_tsvector(array_remove(string_to_array(tickets.search_text, ' '), ''))", TsVector()
)
"""PostgreSQL's indexed expression for content and caller; spelt as in the migration, or no index answers."""
MATTER_WORDS = literal_column(
    "array_to_tsvector(array_remove(string_to_array(split_part(tickets.search_text, E'\\n', 1), ' '), ''))",
    TsVector(),
)
"""The same for the first line only."""


def is_compared(name: str | None, kind: str, _parents: object = None) -> bool:
    """Whether Alembic compares this table or index with the metadata: the words index has no part in it."""
    return kind not in {"table", "index"} or name is None or not name.startswith(PREFIX)
