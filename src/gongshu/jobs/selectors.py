"""What is read of jobs and notices."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from gongshu.jobs.models import Delivery, Job, Notice
from gongshu.rules.agents import Agent, Rank
from gongshu.rules.problems import not_found


def visible(agent: Agent) -> QuerySet[Job]:
    """The jobs of the agent's organisation, newest first; an administrator sees all."""
    jobs = Job.objects.order_by("-id")
    if agent.administrator or agent.system:
        return jobs
    if agent.organisation:
        return jobs.filter(organisation=agent.organisation)
    return jobs.filter(organisation="", person=agent.person) if agent.person else jobs.none()


def listed(agent: Agent, *, state: str = "", kind: str = "", subject: str = "") -> QuerySet[Job]:
    """Those that are visible, of this state, kind and subject where they are named."""
    wanted = {"state": state, "kind": kind, "subject_id": subject}
    return visible(agent).filter(**{name: value for name, value in wanted.items() if value})


def job(job_id: str, agent: Agent | None = None) -> Job:
    """NotFound if there is none, or none that `agent` may see."""
    rows = Job.objects.all() if agent is None else visible(agent)
    found = rows.filter(pk=job_id).first()
    if found is None:
        raise not_found("no_job")
    return found


def notices(agent: Agent, unread: bool = False) -> QuerySet[Notice]:
    """What the agent's organisation was told, newest first; `unread`: by this person."""
    if not agent.organisation:
        return Notice.objects.none()
    offices = [f"kind:{kind}" for kind in agent.kinds]
    found = Notice.objects.filter(
        Q(to=agent.organisation) | Q(to__in=offices),
        Q(rank="") | Q(rank=agent.rank),
        Q(person="") | Q(person=agent.person),
    )
    return found.exclude(readings__person=agent.person) if unread else found


def deliveries(agent: Agent, state: str = "") -> QuerySet[Delivery]:
    """What left, or waits to, by mail or webhook, newest first: one's own mails, a head's whole
    organisation's, for an administrator all."""
    rows = Delivery.objects.order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if not agent.may_use("read"):
        return rows.none()
    if agent.administrator or agent.system:
        return rows
    own = Q(person=agent.person) & ~Q(person="")
    if agent.rank == Rank.HEAD and agent.organisation:
        own |= Q(organisation=agent.organisation)
    return rows.filter(own)


def delivery(number: str, agent: Agent) -> Delivery:
    """NotFound if there is none, or none that `agent` may see."""
    found = deliveries(agent).filter(pk=number).first()
    if found is None:
        raise not_found("no_delivery")
    return found
