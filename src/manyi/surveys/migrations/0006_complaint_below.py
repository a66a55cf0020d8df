from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0005_invitation_about")]

    operations = [
        migrations.AddField(
            model_name="wave",
            name="complaint_below",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="Open a complaint below this score"
            ),
        ),
    ]
