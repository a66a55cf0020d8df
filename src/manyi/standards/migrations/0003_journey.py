from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('standards', '0002_self_assessments'),
    ]

    operations = [
        migrations.AddField(
            model_name='servicestandard',
            name='also',
            field=models.JSONField(blank=True, default=dict, verbose_name='Also looked at by'),
        ),
        migrations.AddField(
            model_name='stage',
            name='is_active',
            field=models.BooleanField(default=True, verbose_name='Active'),
        ),
        migrations.AddField(
            model_name='touchpoint',
            name='topic',
            field=models.CharField(blank=True, max_length=20, verbose_name='Topic of standard answers'),
        ),
        migrations.AddField(
            model_name='touchpoint',
            name='volume',
            field=models.CharField(blank=True, choices=[('order', 'Orders received'), ('return', 'Goods returned'), ('call', 'Calls noted'), ('visit', 'Visits noted'), ('mail', 'Mails noted'), ('meeting', 'Meetings noted'), ('promise', 'Promises made')], max_length=10, verbose_name='How often customers come by'),
        ),
        migrations.AlterField(
            model_name='servicestandard',
            name='is_active',
            field=models.BooleanField(default=True, verbose_name='Active'),
        ),
        migrations.AlterField(
            model_name='touchpoint',
            name='is_active',
            field=models.BooleanField(default=True, verbose_name='Active'),
        ),
    ]
