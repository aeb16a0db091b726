"""What the procedures ask of the gateway: who was answered from data that turned out wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from gongshu.cases.registry import EffectContext, effect
from gongshu.catalog.models import Dataset, Version
from gongshu.gateway.models import Decision, QueryRecord
from gongshu.jobs import services as jobs
from gongshu.rules.check_request import CorrectionReport
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence


@effect("report_correction")
def report_correction(ctx: EffectContext) -> Mapping[str, Any]:
    """Order 809 article 26: the right version is named, and all who used a wrong one are told."""
    assert isinstance(ctx.form, CorrectionReport)
    code, right = ctx.case.subject_id, ctx.form.version
    found = ctx.case.steps.filter(name="find_wrong").order_by("-id")[0]
    first = int((found.form or {})["wrong_since"])
    dataset = Dataset.objects.get(code=code)
    version = Version.objects.filter(dataset=dataset, number=right).first()
    if version is None or version.created <= ctx.case.created or right <= first:
        raise BadInput(
            "not_the_correction",
            Sentence(
                en=f"Version {right} is not one that was added since the request.",
                zh=f"版本 {right} 不是提出校核之后新增的版本。",
            ),
            field="version",
        )
    answered = users_of(code, range(first, right))
    for organisation, times in sorted(answered.items()):
        text = Sentence(
            en=f"Data of {code} were wrong in versions {first} to {right - 1}; {times} of your "
            f"answers came from them. Version {right} is right.",
            zh=f"{code} 的第 {first} 至 {right - 1} 版数据有误，"
            f"贵单位有 {times} 次查询结果来自这些版本；第 {right} 版已更正。",
        )
        jobs.notify(to=organisation, text=text, link=f"/dataset/{code}")
    return {
        "version": right,
        "wrong_from": first,
        "wrong_to": right - 1,
        "told": len(answered),
        "answers": sum(answered.values()),
    }


def users_of(code: str, versions: range) -> Counter[str]:
    """organisation → how many of its answers came from these versions of the dataset."""
    rows = QueryRecord.objects.filter(
        decision=Decision.ANSWERED, grant__datasets__dataset__code=code
    ).values_list("organisation", "versions")
    return Counter(
        organisation
        for organisation, used in rows.iterator()
        if organisation and used.get(code) in versions
    )
