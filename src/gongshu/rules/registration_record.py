"""Registration record (登记结果): in force, changed, corrected, renewed, cancelled, revoked.

Registration measures (公共数据资源登记管理暂行办法, 发改数据规〔2025〕26号), articles 9, 15 and 20.
A record begins when the code of its registration case is assigned; nobody opens one by hand. Each
change, correction and renewal makes a new version of it, with a certificate of its own.

Facts: `change_coded` (a case of a change was coded that the record does not show yet),
`renewal_window_open` (the 60 days before the end), `registration_over` (its last day has passed,
or, of a product, the operation that it was made in has ended).
Effects: `record_change`, `correct_registration`, `renew_registration`, `cancel_registration`,
`revoke_registration`. Party: `registrant_of_record`.

>>> from gongshu.rules.agents import SYSTEM, Agent
>>> from gongshu.rules.procedure import View, step
>>> view = View(state="renewable", parties={"registrant": "A"})
>>> step(REGISTRATION_RECORD, view, "expire", SYSTEM, {"registration_over": True}).target
'cancelled'
>>> clerk = Agent(person="li", organisation="A")
>>> step(REGISTRATION_RECORD, View("in_force", {"registrant": "A"}), "renew", clerk, {}).code
'not_now'
"""

from __future__ import annotations

from gongshu.rules.lengths import workdays
from gongshu.rules.procedure import CLOCK, Guard, Procedure, Step
from gongshu.rules.registration_forms import (
    CancellationRequest,
    Correction,
    CorrectionRequest,
    RecordedChange,
    RegistrationRecord,
    Renewal,
    Revocation,
)
from gongshu.rules.roles import PARTY_CONCERNED, REGISTRANT_HEAD, REGISTRY
from gongshu.wording import Sentence

STANDING = ("in_force", "renewable", "correcting", "cancelling", "cancellation_accepted")
RENEWABLE = Guard(
    "renewal_window_open",
    Sentence("The 60 days before the end have not begun.", "尚未到有效期届满前六十日。"),
)

REGISTRATION_RECORD = Procedure(
    kind="registration_record",
    title=Sentence(en="Registration record", zh="登记结果"),
    basis=Sentence(
        en="Registration measures for public data resources (发改数据规〔2025〕26号)",
        zh="《公共数据资源登记管理暂行办法》（发改数据规〔2025〕26号）",
    ),
    payload=RegistrationRecord,
    initial="in_force",
    finals=("cancelled", "revoked"),
    subject=("registration", "code"),
    one_per_subject=True,
    parties={"registrant": "registrant_of_record"},
    opener=CLOCK,
    states={
        "in_force": Sentence("In force", "有效"),
        "renewable": Sentence("In force, to be renewed", "有效，待续展"),
        "correcting": Sentence("Correction asked for", "更正申请中"),
        "cancelling": Sentence("Cancellation applied for", "注销申请中"),
        "cancellation_accepted": Sentence("Cancellation accepted", "注销已受理"),
        "cancelled": Sentence("Cancelled", "已注销"),
        "revoked": Sentence("Revoked", "已撤销"),
    },
    steps=(
        Step(
            "record_change",
            ("in_force", "renewable"),
            "in_force",
            by=CLOCK,
            label=Sentence("Enter the registered change", "记载变更登记"),
            event="registration.changed",
            article="第九条",
            form=RecordedChange,
            guards=(
                Guard(
                    "change_coded",
                    Sentence("No change has been registered.", "没有已完成的变更登记。"),
                ),
            ),
            effect="record_change",
            notify=("registrant",),
        ),
        Step(
            "ask_correction",
            ("in_force", "renewable"),
            "correcting",
            by=PARTY_CONCERNED,
            label=Sentence("Ask for a correction", "申请更正登记"),
            event="registration.correction_asked",
            article="第九条",
            form=CorrectionRequest,
            confidential=REGISTRY,
            optional=True,
            notify=("registrant", "kind:registry"),
        ),
        Step(
            "correct",
            ("correcting",),
            "in_force",
            by=REGISTRY,
            label=Sentence("Correct the record", "予以更正"),
            event="registration.corrected",
            article="第九条",
            form=Correction,
            effect="correct_registration",
            notify=("registrant",),
        ),
        Step(
            "decline_correction",
            ("correcting",),
            "in_force",
            by=REGISTRY,
            label=Sentence("Do not correct, with the reason", "不予更正并说明理由"),
            event="registration.correction_declined",
            article="第九条",
            reason=True,
            effect="tell_objector",
            notify=("registrant",),
        ),
        Step(
            "correct_ex_officio",
            ("in_force",),
            "in_force",
            by=REGISTRY,
            label=Sentence("Correct an error found by the registry", "登记机构依职权更正"),
            event="registration.corrected_ex_officio",
            article="第九条",
            form=Correction,
            optional=True,
            reason=True,
            effect="correct_registration",
            notify=("registrant",),
        ),
        Step(
            "open_window",
            ("in_force",),
            "renewable",
            by=CLOCK,
            label=Sentence("Sixty days before the end: renew", "有效期届满前六十日，可续展"),
            event="registration.renewal_opened",
            article="第十五条",
            guards=(RENEWABLE,),
            notify=("registrant",),
        ),
        Step(
            "renew",
            ("renewable",),
            "in_force",
            by=REGISTRANT_HEAD,
            label=Sentence("Renew for at most three years", "申请续展（不超过三年）"),
            event="registration.renewed",
            article="第十五条",
            form=Renewal,
            effect="renew_registration",
            notify=("kind:registry",),
        ),
        # Anybody concerned may ask for a correction, and no length is written for answering it: it
        # must not cost the registrant the 60 days that article 15 gives.
        Step(
            "renew_meanwhile",
            ("correcting",),
            "correcting",
            by=REGISTRANT_HEAD,
            label=Sentence("Renew while a correction is looked at", "更正办理期间申请续展"),
            event="registration.renewed_meanwhile",
            article="第十五条",
            form=Renewal,
            guards=(RENEWABLE,),
            optional=True,
            effect="renew_registration",
            notify=("kind:registry",),
        ),
        Step(
            "expire",
            STANDING,
            "cancelled",
            by=CLOCK,
            label=Sentence("Not renewed: cancelled", "期满未续展，予以注销"),
            event="registration.expired",
            article="第十五条",
            guards=(
                Guard(
                    "registration_over",
                    Sentence("The registration is still valid.", "登记仍在有效期内。"),
                ),
            ),
            effect="cancel_registration",
            notify=("registrant", "kind:registry"),
        ),
        Step(
            "ask_cancellation",
            ("in_force", "renewable"),
            "cancelling",
            by=REGISTRANT_HEAD,
            label=Sentence("Apply for cancellation", "申请注销登记"),
            event="registration.cancellation_asked",
            article="第九条",
            form=CancellationRequest,
            optional=True,
            notify=("kind:registry",),
        ),
        Step(
            "accept_cancellation",
            ("cancelling",),
            "cancellation_accepted",
            by=REGISTRY,
            label=Sentence("Accept", "受理注销申请"),
            event="registration.cancellation_accepted",
            article="第十条",
            within=workdays(3),
            notify=("registrant",),
        ),
        Step(
            "refuse_cancellation",
            ("cancelling",),
            "in_force",
            by=REGISTRY,
            label=Sentence("Do not accept, with the reason", "不予受理并说明理由"),
            event="registration.cancellation_refused",
            article="第十条",
            within=workdays(3),
            reason=True,
            notify=("registrant",),
        ),
        Step(
            "cancel",
            ("cancellation_accepted",),
            "cancelled",
            by=REGISTRY,
            label=Sentence("Cancel the registration", "办结注销"),
            event="registration.cancelled",
            article="第九条",
            within=workdays(10),
            effect="cancel_registration",
            notify=("registrant",),
        ),
        Step(
            "revoke",
            STANDING,
            "revoked",
            by=REGISTRY,
            label=Sentence("Revoke: fraud or breach proved", "撤销登记"),
            event="registration.revoked",
            article="第二十条",
            form=Revocation,
            optional=True,
            effect="revoke_registration",
            notify=("registrant",),
        ),
    ),
)
