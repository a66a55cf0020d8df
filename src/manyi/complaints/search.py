"""Finding complaints by their words: FTS5 on SQLite, a GIN index on PostgreSQL, the same words in both."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models.expressions import RawSQL

from manyi.complaints.models import Complaint, SearchWords
from manyi.knowledge import tokens

_SQLITE = "SELECT rowid FROM complaints_search WHERE complaints_search MATCH %s"
# The expression is that of the index in the migration, letter for letter.
_POSTGRESQL = (
    "SELECT complaint_id FROM complaints_searchwords"
    " WHERE to_tsvector('simple'::regconfig, words) @@ to_tsquery('simple'::regconfig, %s)"
)


def words_of(complaint: Complaint) -> str:
    """Number, title, complainant, ways to reach them and what the goods are called, as words to index."""
    phone = "".join(sign for sign in complaint.phone if sign.isdigit())
    text = " ".join(
        (
            complaint.number, complaint.title, complaint.complainant, complaint.phone, phone, complaint.email,
            complaint.product, complaint.serial, complaint.batch, complaint.order_number, complaint.external_id,
        )
    )  # fmt: skip
    return tokens.indexed(text)


def put(complaint: Complaint) -> None:
    """Make a complaint found by its present words."""
    SearchWords.objects.update_or_create(complaint=complaint, defaults={"words": words_of(complaint)})


def put_many(complaints: Iterable[Complaint]) -> None:
    """The same for new complaints, in one statement."""
    SearchWords.objects.bulk_create(
        [SearchWords(complaint=row, words=words_of(row)) for row in complaints], batch_size=2_000
    )


def ids(text: str) -> RawSQL | None:
    """A subquery of the keys of complaints that hold every word of the text, the last one at least begun.

    None for a text without words. The caller narrows the rows to those in sight.
    """
    words = tokens.asked(text)
    if not words:
        return None
    # Words hold letters and digits only, so that quoting them is enough.
    if connection.vendor == "sqlite":
        terms = [f'"{word}"' for word in words]
        return RawSQL(_SQLITE, [" AND ".join(terms) + " *"])  # noqa: S611 - constant text, bound value
    terms = [f"'{word}'" for word in words]
    return RawSQL(_POSTGRESQL, [" & ".join(terms) + ":*"])  # noqa: S611 - constant text, bound value
