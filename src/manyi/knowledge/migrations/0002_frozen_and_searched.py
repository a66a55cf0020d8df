"""Published versions are frozen by triggers, and a full-text index hangs on the search words, on both databases.

From 'published' a version may only become 'superseded'; `published_by` may be emptied when its user is deleted.
"""

from django.db import migrations

TABLE = "knowledge_answerversion"
FROZEN = ("number", "title", "body", "keywords", "public", "note", "changed_at", "published_at", "answer_id")
FIXED = "OLD.state IN ('published', 'superseded')"
THAWED = "NEW.state <> OLD.state AND NOT (OLD.state = 'published' AND NEW.state = 'superseded')"
MESSAGE = "published answers are frozen"
SEARCH = "knowledge_search"
SQLITE = [
    f"""CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE}
        WHEN {FIXED} AND (({THAWED}) OR {" OR ".join(f"NEW.{c} IS NOT OLD.{c}" for c in FROZEN)})
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END""",
    f"""CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} WHEN {FIXED}
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END""",
    f"CREATE VIRTUAL TABLE {SEARCH} USING fts5(head, body, tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2 3')",
    f"""CREATE TRIGGER {SEARCH}_insert AFTER INSERT ON knowledge_searchtext BEGIN
        DELETE FROM {SEARCH} WHERE rowid = NEW.version_id;
        INSERT INTO {SEARCH} (rowid, head, body) VALUES (NEW.version_id, NEW.head, NEW.body); END""",
    f"""CREATE TRIGGER {SEARCH}_update AFTER UPDATE ON knowledge_searchtext BEGIN
        UPDATE {SEARCH} SET head = NEW.head, body = NEW.body WHERE rowid = NEW.version_id; END""",
    f"""CREATE TRIGGER {SEARCH}_delete AFTER DELETE ON knowledge_searchtext BEGIN
        DELETE FROM {SEARCH} WHERE rowid = OLD.version_id; END""",
]
VECTOR = "setweight(to_tsvector('simple'::regconfig, head), 'A') || setweight(to_tsvector('simple'::regconfig, body), 'D')"
POSTGRESQL = [
    f"""CREATE FUNCTION {TABLE}_frozen() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} FOR EACH ROW
        WHEN ({FIXED} AND (({THAWED}) OR {" OR ".join(f"NEW.{c} IS DISTINCT FROM OLD.{c}" for c in FROZEN)}))
        EXECUTE FUNCTION {TABLE}_frozen()""",
    f"""CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW
        WHEN ({FIXED}) EXECUTE FUNCTION {TABLE}_frozen()""",
    f"CREATE INDEX {SEARCH} ON knowledge_searchtext USING gin (({VECTOR}))",
]
SQLITE_UNDO = [
    *(f"DROP TRIGGER {SEARCH}_{event}" for event in ("insert", "update", "delete")),
    f"DROP TABLE {SEARCH}",
    f"DROP TRIGGER {TABLE}_no_update",
    f"DROP TRIGGER {TABLE}_no_delete",
]
POSTGRESQL_UNDO = [f"DROP INDEX {SEARCH}", f"DROP FUNCTION {TABLE}_frozen() CASCADE"]


def build(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def undo(apps, schema_editor):
    for statement in SQLITE_UNDO if schema_editor.connection.vendor == "sqlite" else POSTGRESQL_UNDO:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_answers")]
    operations = [migrations.RunPython(build, undo)]
