"""Finding complaints by their words: FTS5 on SQLite, a GIN index on PostgreSQL, the same words in both."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection
from django.db.models.expressions import RawSQL

from manyi.complaints.lifecycle import OPEN
from manyi.complaints.models import Assignment, CaseRole, Complaint, SearchWords
from manyi.knowledge import tokens

_SQLITE = "SELECT rowid FROM complaints_search WHERE complaints_search MATCH %s"
_POSTGRESQL = (
    "SELECT complaint_id FROM complaints_searchwords WHERE vector @@ to_tsquery('simple'::regconfig, %s)"
)
_SIGHTED = (
    "SELECT complaint_id FROM complaints_searchwords"
    " WHERE vector @@ (to_tsquery('simple'::regconfig, %s) && %s::tsquery)"
)
#: A reader of up to so many units sees few complaints, and few are open. What is found of few is gathered first: the
#: database would rather walk from the newest on until it has a page full, past a million that are not asked for.
FEW_UNITS = 5
_GATHERED = f"WITH found AS MATERIALIZED ({_SIGHTED}) SELECT complaint_id FROM found"  # noqa: S608  # nosec B608 - constants


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


def _sight(complaints: Collection[Complaint]) -> dict[int, str]:
    """The marks of the units and the owner of each complaint, from its roles of now and before, and of open ones."""
    marks: dict[int, set[str]] = {row.pk: {"@open"} if row.state in OPEN else set() for row in complaints}
    rows = Assignment.objects.filter(complaint__in=list(marks))
    for pk, role, unit, user in rows.values_list("complaint", "role", "unit", "user"):
        marks[pk].add(f"@u{unit}")
        if role == CaseRole.FIRST_CONTACT_OWNER and user:
            marks[pk].add(f"@p{user}")
    return {pk: " ".join(sorted(found)) for pk, found in marks.items()}


def put(complaint: Complaint) -> None:
    """Make a complaint found by its present words, by those who now may see it. Call after every new role and
    when it is closed or opened."""
    SearchWords.objects.update_or_create(
        complaint=complaint,
        defaults={"words": words_of(complaint), "sight": _sight([complaint])[complaint.pk]},
    )


def put_many(complaints: list[Complaint]) -> None:
    """The same for new complaints, in one statement."""
    sight = _sight(complaints)
    SearchWords.objects.bulk_create(
        [SearchWords(complaint=row, words=words_of(row), sight=sight[row.pk]) for row in complaints],
        batch_size=1_000,
    )


def ids(
    text: str, *, units: Collection[int] | None = None, user_id: int | None = None, only_open: bool = False
) -> RawSQL | None:
    """A subquery of the keys of complaints that hold every word of the text, the last one at least begun.

    None for a text without words. `units` and `user_id` (of a reader who does not see all) and `only_open` only make
    it quicker: the caller narrows the rows.
    """
    words = tokens.asked(text)
    if not words:
        return None
    # Words hold letters and digits only, so that quoting them is enough. A begun word of one letter would
    # match half of all words; of one Han character it is a word.
    begun = len(words[-1]) > 1 or not words[-1].isascii()
    if connection.vendor == "sqlite":
        terms = " AND ".join(f'"{word}"' for word in words) + (" *" if begun else "")
        return RawSQL(_SQLITE, [terms])  # noqa: S611  # nosec B611 - constant text, bound values
    terms = " & ".join(f"'{word}'" for word in words) + (":*" if begun else "")
    marks = ["'@open'"] if only_open else []
    if units is not None:
        sight = [*(f"'@u{unit}'" for unit in units), f"'@p{user_id}'"]
        marks.append(f"({' | '.join(sight)})")
    if not marks:
        return RawSQL(_POSTGRESQL, [terms])  # noqa: S611  # nosec B611 - constant text, bound values
    few = only_open or (units is not None and len(units) <= FEW_UNITS)
    sql = _GATHERED if few else _SIGHTED
    return RawSQL(sql, [terms, " & ".join(marks)])  # noqa: S611  # nosec B611 - constant text, bound values
