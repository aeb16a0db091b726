from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_following_and_saved_searches"),
    ]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="related_codes",
            field=models.CharField(blank=True, max_length=400),
        ),
    ]
