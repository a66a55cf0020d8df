"""A full-text index hangs on the search words of complaints, on both databases."""

from django.db import migrations

INDEX = "complaints_search"
TABLE = "complaints_searchwords"
SQLITE = [
    f"CREATE VIRTUAL TABLE {INDEX} USING fts5(words, tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2 3')",
    f"""CREATE TRIGGER {INDEX}_insert AFTER INSERT ON {TABLE} BEGIN
        INSERT INTO {INDEX} (rowid, words) VALUES (NEW.complaint_id, NEW.words); END""",
    f"""CREATE TRIGGER {INDEX}_update AFTER UPDATE ON {TABLE} BEGIN
        UPDATE {INDEX} SET words = NEW.words WHERE rowid = NEW.complaint_id; END""",
    f"""CREATE TRIGGER {INDEX}_delete AFTER DELETE ON {TABLE} BEGIN
        DELETE FROM {INDEX} WHERE rowid = OLD.complaint_id; END""",
]
POSTGRESQL = [
    f"""ALTER TABLE {TABLE} ADD COLUMN vector tsvector
        GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, words)) STORED""",
    f"CREATE INDEX {INDEX} ON {TABLE} USING gin (vector)",
]
SQLITE_UNDO = [
    *(f"DROP TRIGGER {INDEX}_{event}" for event in ("insert", "update", "delete")),
    f"DROP TABLE {INDEX}",
]
POSTGRESQL_UNDO = [f"ALTER TABLE {TABLE} DROP COLUMN vector"]


def build(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def undo(apps, schema_editor):
    for statement in SQLITE_UNDO if schema_editor.connection.vendor == "sqlite" else POSTGRESQL_UNDO:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("complaints", "0003_listing")]
    operations = [migrations.RunPython(build, undo)]
