"""Rules of quality with columns and tables, and what was found of each version."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0009_copies_compared")]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="rules",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="field",
            name="rules",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.CreateModel(
            name="QualityReport",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="quality",
                        serialize=False,
                        to="catalog.version",
                    ),
                ),
                ("score", models.FloatField(blank=True, null=True)),
                ("report", models.JSONField()),
                ("rules", models.JSONField()),
                ("made", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={"ordering": ["version"]},
        ),
        migrations.AddConstraint(
            model_name="qualityreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("score__isnull", True), ("score__range", (0, 1)), _connector="OR"
                ),
                name="a_quality_score_is_a_share",
            ),
        ),
    ]
