"""PostgreSQL's index of words also holds who may see a complaint."""

from django.db import migrations, models

TABLE = "complaints_searchwords"
UNITS = "SELECT string_agg(DISTINCT '@u' || unit_id, ' ') FROM complaints_assignment WHERE complaint_id = w.complaint_id"
OWNERS = (
    "SELECT string_agg(DISTINCT '@p' || user_id, ' ') FROM complaints_assignment"
    " WHERE complaint_id = w.complaint_id AND role = 'first_contact_owner'"
)
POSTGRESQL = [
    f"UPDATE {TABLE} w SET sight = trim(concat_ws(' ', ({UNITS}), ({OWNERS})))",  # noqa: S608 - constants
    f"ALTER TABLE {TABLE} DROP COLUMN vector",
    f"""ALTER TABLE {TABLE} ADD COLUMN vector tsvector GENERATED ALWAYS AS (
        to_tsvector('simple'::regconfig, words) || array_to_tsvector(array_remove(string_to_array(sight, ' '), ''))
    ) STORED""",
    f"CREATE INDEX complaints_search ON {TABLE} USING gin (vector)",
]
# SQLite adds a column by making the table anew, which loses its triggers.
SQLITE = [
    """CREATE TRIGGER complaints_search_insert AFTER INSERT ON complaints_searchwords BEGIN
        INSERT INTO complaints_search (rowid, words) VALUES (NEW.complaint_id, NEW.words); END""",
    """CREATE TRIGGER complaints_search_update AFTER UPDATE ON complaints_searchwords BEGIN
        UPDATE complaints_search SET words = NEW.words WHERE rowid = NEW.complaint_id; END""",
    """CREATE TRIGGER complaints_search_delete AFTER DELETE ON complaints_searchwords BEGIN
        DELETE FROM complaints_search WHERE rowid = OLD.complaint_id; END""",
]
POSTGRESQL_UNDO = [
    f"ALTER TABLE {TABLE} DROP COLUMN vector",
    f"""ALTER TABLE {TABLE} ADD COLUMN vector tsvector
        GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, words)) STORED""",
    f"CREATE INDEX complaints_search ON {TABLE} USING gin (vector)",
]


def build(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def undo(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in POSTGRESQL_UNDO:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("complaints", "0010_indexes")]
    operations = [
        migrations.AddField("searchwords", "sight", models.TextField(default="")),
        migrations.RunPython(build, undo),
    ]
