"""What the processes of `test_killed_pulls` do: set a source and ask it; say what came of it.

python -m tests.kills.pulling ask ADDRESS | check
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

CODE, ORGANISATION = "education.schools", "330101"


def ask(address: str) -> None:
    from gongshu.accounts import agents, services
    from gongshu.catalog import pulls
    from gongshu.catalog.services import create_draft
    from gongshu.rules.agents import SYSTEM

    services.create_organisation(
        code=ORGANISATION, name_zh="示例市教育局", name_en="", kinds=["agency"], by=SYSTEM
    )
    person = services.create_person(
        username="li", password="a long enough password 1", organisation=ORGANISATION, by=SYSTEM
    )
    by = agents.agent_of(person)
    dataset = create_draft(code=CODE, provider=ORGANISATION, by=by)
    pulls.set_pull(dataset=dataset, address=address, cycle="irregular", by=by)
    pulls.run_now(dataset=dataset, by=by)


def check() -> dict[str, Any]:
    from gongshu.catalog.ingest import upload_folder
    from gongshu.catalog.models import Pull, Version
    from gongshu.jobs.models import Job

    job = Job.objects.get(kind="pull")
    return {
        "state": job.state,
        "attempts": job.attempts,
        "error": job.error_en,
        "versions": list(Version.objects.values_list("number", flat=True)),
        "said": Pull.objects.get().last_state,
        "uploads": [path.name for path in upload_folder().iterdir()],
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongshu.settings")
    import django

    django.setup()
    if sys.argv[1] == "ask":
        ask(sys.argv[2])
    else:
        print(json.dumps(check()))
