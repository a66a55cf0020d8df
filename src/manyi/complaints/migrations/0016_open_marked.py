"""What is found among open complaints: marked in the index of words, and indexes for the board and for categories."""

import django.db.models.deletion
from django.db import migrations, models

OPEN = ["received", "working", "resolved"]
MARK = (
    "UPDATE complaints_searchwords SET sight = trim(sight || ' @open') WHERE complaint_id IN"
    " (SELECT id FROM complaints_complaint WHERE state IN ('received', 'working', 'resolved'))"
)
UNMARK = "UPDATE complaints_searchwords SET sight = trim(replace(sight, '@open', ''))"


class Migration(migrations.Migration):
    dependencies = [("complaints", "0015_late_work_orders")]
    operations = [
        migrations.RunSQL(MARK, UNMARK),
        migrations.RemoveIndex("complaint", "complaint_category"),
        migrations.AlterField(
            "complaint",
            "category",
            models.ForeignKey(
                "complaints.category",
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="complaints",
                verbose_name="Category",
            ),
        ),
        migrations.AddIndex(
            "complaint",
            models.Index(
                fields=["category", "-received_at", "-id"], include=("severity", "state"), name="complaint_category"
            ),
        ),
        migrations.AddIndex(
            "complaint",
            models.Index(
                condition=models.Q(state__in=OPEN), fields=["state", "next_due_at", "id"], name="complaint_open"
            ),
        ),
    ]
