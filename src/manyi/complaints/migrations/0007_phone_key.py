from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("complaints", "0006_resolving")]

    operations = [
        migrations.AlterField(
            model_name="complaint",
            name="phone",
            field=models.CharField(blank=True, max_length=40, verbose_name="Phone"),
        ),
        migrations.AddField(
            model_name="complaint",
            name="phone_key",
            field=models.CharField(db_index=True, default="", editable=False, max_length=100),
        ),
    ]
