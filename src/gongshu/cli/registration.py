"""`gongshu registration list|show|certificate`: what is registered, by its query code.

A registration is applied for, objected to and renewed with `gongshu case`.
"""

from __future__ import annotations

from pathlib import Path

import click

from gongshu.cli import setup_django
from gongshu.cli.output import as_json, say_json, show_rows
from gongshu.wording import Problem, Sentence

LIST = {
    "code": Sentence(en="Query code", zh="登记结果查询码"),
    "name": Sentence(en="Name", zh="名称"),
    "registrant": Sentence(en="Registrant", zh="登记主体"),
    "valid_until": Sentence(en="Valid until", zh="有效期至"),
    "state": Sentence(en="State", zh="状态"),
}
PUBLICITY = {
    "case": Sentence(en="Case", zh="办件"),
    "name": Sentence(en="Name", zh="名称"),
    "registrant": Sentence(en="Registrant", zh="登记主体"),
    "until": Sentence(en="Until", zh="公示截止"),
    "state": Sentence(en="State", zh="状态"),
}


@click.group()
def registration() -> None:
    """Registrations: list, look up by code, certificates."""


@registration.command("list")
@click.argument("q", default="")
@click.option("--in-publicity", is_flag=True, help="Those that anybody may object to now.")
@as_json
def list_registrations(q: str, in_publicity: bool, as_json: bool) -> None:
    """What is registered; Q is a query code or a part of a name."""
    setup_django()
    from gongshu.cases import registrations

    if in_publicity:
        rows = [vars(one) for one in registrations.in_publicity()]
    else:
        rows = [registrations.summary(one) for one in registrations.search(q)]
    if as_json:
        say_json(rows)
        return
    show_rows(rows, PUBLICITY if in_publicity else LIST)


@registration.command("show")
@click.argument("code")
def show(code: str) -> None:
    """What stands under a query code, as JSON."""
    setup_django()
    from gongshu.cases import registrations

    say_json(registrations.summary(registrations.get(code)))


@registration.command("certificate")
@click.argument("code")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file to write.",
)
def certificate(code: str, output: Path) -> None:
    """Write the certificate: a file that `gongshu verify` checks, or, as *.pdf, a page."""
    setup_django()
    from gongshu.cases import registrations
    from gongshu.log.certificate import certificate_bytes

    made = registrations.certificate(registrations.get(code))
    if made is None:
        raise Problem(
            "pending",
            Sentence(
                en="Its entry waits for a place in the log; try again in a second.",
                zh="对应条目正在等待写入日志，请稍候再试。",
            ),
        )
    if output.suffix.lower() == ".pdf":
        from django.conf import settings

        from gongshu.cases.certificate_pdf import certificate_pdf

        address = f"{settings.PUBLIC_URL}/registration/{code}" if settings.PUBLIC_URL else ""
        output.write_bytes(certificate_pdf(made, address=address))
        return
    output.write_bytes(certificate_bytes(made))
