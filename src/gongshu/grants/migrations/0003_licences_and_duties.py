"""A licence names the operation it rests on; one side for an organisation in a dataset."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


def duties_of_what_runs(apps: Any, schema: Any) -> None:
    """Operations in force before this migration; where somebody stands on both sides, managing."""
    Duty = apps.get_model("grants", "Duty")
    pins = apps.get_model("grants", "GrantDataset").objects.filter(grant__kind="operation")
    live = pins.exclude(grant__state="ended").select_related("grant", "dataset__provider")
    sides: dict[tuple[int, str], str] = {}
    for pin in live:
        sides.setdefault((pin.dataset_id, pin.grant.grantee), "operating")
    for pin in live:
        for code in {pin.grant.grantor, pin.dataset.provider.code} - {""}:
            sides[pin.dataset_id, code] = "managing"
    Duty.objects.bulk_create(
        Duty(dataset_id=dataset, organisation=code, side=side)
        for (dataset, code), side in sides.items()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_keyed_requests"),
        ("grants", "0002_separation_of_duties"),
    ]

    operations = [
        migrations.AddField(
            model_name="grant",
            name="under",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="licences",
                to="grants.grant",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=Q(("kind", "licence"), ("under__isnull", False))
                | Q(Q(("kind", "licence"), _negated=True), ("under__isnull", True)),
                name="licence_rests_on_an_operation",
            ),
        ),
        migrations.CreateModel(
            name="Duty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("organisation", models.CharField(max_length=18)),
                (
                    "side",
                    models.CharField(
                        choices=[("managing", "管理"), ("operating", "运营")], max_length=20
                    ),
                ),
                (
                    "dataset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="duties",
                        to="catalog.dataset",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("dataset", "organisation"), name="one_side_in_a_dataset"
                    ),
                    models.CheckConstraint(
                        condition=Q(("side__in", ["managing", "operating"])),
                        name="duty_side_known",
                    ),
                ]
            },
        ),
        migrations.RunPython(duties_of_what_runs, migrations.RunPython.noop),
    ]
