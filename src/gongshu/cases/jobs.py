"""What the worker does for cases by itself: steps that the clock takes, a digest
each day, in the platform and by mail; files that nobody needs any more are swept."""

from __future__ import annotations

from gongshu.cases import deadlines, digest, files, services
from gongshu.jobs.registry import tick

EVERY = 600  # seconds; terms end at midnight, and the gateway looks at a term itself


@tick("cases", every_seconds=EVERY)
def let_the_clock_act() -> None:
    services.tick()


@tick("digests", every_seconds=EVERY)
def send_digests() -> None:
    deadlines.send_digests()


@tick("mail_digests", every_seconds=EVERY)
def mail_digests() -> None:
    digest.send_mails()


@tick("case_files", every_seconds=3600)
def sweep_files() -> None:
    files.sweep()
