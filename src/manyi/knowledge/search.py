"""Finding versions by their words: FTS5 on SQLite, a GIN index on PostgreSQL, the same words in both."""

from __future__ import annotations

from django.db import connection

from manyi.knowledge import tokens
from manyi.knowledge.models import AnswerVersion, SearchText

#: Versions one search returns at most, best first.
MOST = 500
_SQLITE = (
    "SELECT rowid FROM knowledge_search WHERE knowledge_search MATCH %s"
    " ORDER BY bm25(knowledge_search, 5.0, 1.0), rowid DESC LIMIT %s"
)
# The expression is that of the index in migration 0002, letter for letter.
_VECTOR = "(setweight(to_tsvector('simple'::regconfig, head), 'A') || setweight(to_tsvector('simple'::regconfig, body), 'D'))"
_POSTGRESQL = (
    f"SELECT version_id FROM knowledge_searchtext, to_tsquery('simple'::regconfig, %s) asked WHERE {_VECTOR} @@ asked"  # noqa: S608  # nosec B608 - a constant
    f" ORDER BY ts_rank({_VECTOR}, asked, 1) DESC, version_id DESC LIMIT %s"
)


def find(text: str) -> list[int]:
    """Keys of versions (of any state and unit: the caller narrows them) that fit, best first.

    All words must be there, the last one at least begun; when nothing has them all, those with some.
    Words in title and keywords count more. A text without words finds nothing.
    """
    words = tokens.asked(text)
    if not words:
        return []
    found = _run(words, every=True)
    return found if found or len(words) == 1 else _run(words, every=False)


def _run(words: list[str], *, every: bool) -> list[int]:
    # Words hold letters and digits only, so that quoting them is enough.
    if connection.vendor == "sqlite":
        sql, sign, terms = _SQLITE, " AND " if every else " OR ", [f'"{word}"' for word in words]
        terms[-1] += " *"
    else:
        sql, sign, terms = _POSTGRESQL, " & " if every else " | ", [f"'{word}'" for word in words]
        terms[-1] += ":*"
    with connection.cursor() as cursor:
        cursor.execute(sql, [sign.join(terms), MOST])
        return [row[0] for row in cursor.fetchall()]


def put(version: AnswerVersion) -> None:
    """Make a version found by its present words, or no longer once it is superseded."""
    if version.state == AnswerVersion.State.SUPERSEDED:
        SearchText.objects.filter(version=version).delete()
        return
    head = " ".join([*version.title.values(), version.keywords])
    body = "\n".join(version.body.values())
    SearchText.objects.update_or_create(
        version=version, defaults={"head": tokens.indexed(head), "body": tokens.indexed(body)}
    )
