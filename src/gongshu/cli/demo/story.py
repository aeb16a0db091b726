"""`gongshu demo`: each step does one thing with the shell or the API, and says what came of it."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from gongshu.cli.demo import datasets, files, richer
from gongshu.cli.demo.cast import CAST, GOVERNMENT, HEALTH, OPERATOR, SECTOR, Body
from gongshu.cli.demo.client import Api, served, shell, shell_json, shell_shown
from gongshu.rules.agents import Rank
from gongshu.wording import Sentence, current_language

NEXT = Sentence("To see all of it in a browser", "在浏览器中查看")
YEAR = Sentence("A year passes in the city, up to today", "云溪市的一年（至今日）")
DAYS = 365
SCOPES = ("read", "query", "case", "ingest")
TITLES = {
    "instance": Sentence("An instance, its offices and people", "实例、机构与人员"),
    "files": Sentence("Two agencies bring real, messy files", "两个部门带来真实而杂乱的文件"),
    "entries": Sentence(
        "They describe their data and set their terms", "部门编制目录信息并设定使用条件"
    ),
    "publish": Sentence("Review and publication, by the rules", "按程序审核与公布"),
    "operation": Sentence(
        "From an application for authorised operation to a grant", "授权运营：从申请到授权"
    ),
    "queries": Sentence("The operator asks questions", "运营机构提出查询"),
    "receipt": Sentence("A stranger verifies a receipt", "任何人都可验证回执"),
    "disclosure": Sentence("What the public is told, from the ledger", "依据账本向社会披露"),
}


class Story:
    def __init__(
        self, home: Path, stack: ExitStack, data: Path | None, port: int, *, year: bool = False
    ) -> None:
        self.home, self.stack, self.data, self.port = home, stack, data, port
        self.year = year
        self.console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)
        self.work = home / "demo"
        self.richer = richer.found(data)
        self.address = ""
        self.grant = ""

    def tell(self) -> None:
        begun = time.monotonic()
        for number, name in enumerate(TITLES, 1):
            started = time.monotonic()
            self.console.print(f"\n[bold white on dark_green] {number} [/] [bold]{TITLES[name]}[/]")
            step: Callable[[], None] = getattr(self, name)
            step()
            self.console.print(f"[dim]{time.monotonic() - started:.1f} s[/]")
        total = time.monotonic() - begun
        self.console.print(f"\n[bold green]✓[/] {total:.0f} s")

    # 1
    def instance(self) -> None:
        self.work.mkdir(parents=True, exist_ok=True)
        self.password_file = self.work / "password"
        if not self.password_file.exists():
            self.password_file.touch(0o600)
            self.password_file.write_text(secrets.token_urlsafe(9) + "-7a")
        made = shell_json("init", str(self.home), "--password-file", str(self.password_file))
        self.log_key = made["log_key"]
        self._people()
        if self.year:
            self._live_a_year()
        self.say(Sentence("The log's public key", "日志公钥"), self.log_key)
        self.address = self.stack.enter_context(served(self.port, self.work / "serve.log"))
        self.apis: dict[str, Api] = {}
        self.say(Sentence("The portal answers on", "门户已启动"), self.address)

    def _people(self) -> None:
        known = {o["code"] for o in shell_json("org", "list")}
        users = {u["username"] for u in shell_json("user", "list")}
        for body in CAST:
            if body.code not in known:
                kinds = [word for kind in body.kinds for word in ("--kind", kind.value)]
                names = [body.code, body.name_zh, "--name-en", body.name_en]
                shell("org", "create", *names, *kinds)
            for rank in Rank:
                if body.username(rank) not in users:
                    person = [body.username(rank), "--org", body.code, "--rank", rank.value]
                    shell("user", "create", *person, "--password-file", str(self.password_file))
        table = Table(box=None, pad_edge=False, show_header=False)
        for body in CAST:
            table.add_row(body.code, self.name(body), ", ".join(k.value for k in body.kinds))
        self.console.print(table)

    def _live_a_year(self) -> None:
        """The year up to today, before anything is served: a worker would act by today's clock."""
        self.console.print(f"\n[bold]{YEAR}[/]")
        first = date.today() - timedelta(days=DAYS)
        words = ["--first", first.isoformat(), "--days", str(DAYS)]
        words += ["--password-file", str(self.password_file), "--lang", current_language()]
        subprocess.run([sys.executable, "-m", "gongshu.cli.demo.year", *words], check=True)

    # 2
    def files(self) -> None:
        folder = self.work / "files"
        if not all((folder / d.file).exists() for d in datasets.ALL):
            # A process of its own: one of the sets needs pandas, which the platform does not.
            convert = [sys.executable, "-m", files.__name__, str(folder)]
            subprocess.run(convert, check=True)
        domains = datasets.DOMAINS | (richer.DOMAINS if self.richer else {})
        for code, (chinese, english) in domains.items():
            shell("catalog", "domain", code, chinese, "--name-en", english)
        for described in datasets.ALL:
            self._ingest(described.code, folder / described.file, described.provider)
        for described in self.richer:
            assert self.data is not None
            self._ingest(described.code, self.data / described.file, described.provider)
        self._risk()

    def _risk(self) -> None:
        """Of person-level data without a unit: who stands out by what others may know."""
        file, quasi, sensitive = richer.RISK
        if self.data is None or not (self.data / file).is_file():
            return
        self.console.print(f"\n[bold]gongshu risk[/] {file} --quasi {quasi}")
        words = ["risk", str(self.data / file), "--quasi", quasi, "--sensitive", sensitive]
        if shell_shown(*words):
            raise SystemExit(1)

    def _ingest(self, code: str, file: Path, provider: Body) -> None:
        self.console.print(f"\n[bold]{file.name}[/] → [cyan]{code}[/]  ({self.name(provider)})")
        user = provider.username(Rank.STAFF)
        words = ["ingest", str(file), "--dataset", code, "--provider", provider.code, "--as", user]
        if shell_shown(*words):
            raise SystemExit(1)

    # 3
    def entries(self) -> None:
        for described in (*datasets.ALL, *self.richer):
            user = described.provider.username(Rank.STAFF)
            if self._is_draft(described):
                entry = self._yaml(f"{described.code}.entry.yaml", described.entry)
                shell("catalog", "describe", described.code, "-f", str(entry), "--as", user)
            if described.owner_terms:
                terms = self._yaml(f"{described.code}.terms.yaml", described.owner_terms)
                shell("catalog", "terms", described.code, "-f", str(terms), "--as", user)
            said = described.entry
            what = said["title_zh"] if self.chinese else said["title_en"]
            kept = ", ".join(described.owner_terms.get("columns", {})) or "*"
            self.console.print(f"[cyan]{described.code}[/] {what} [dim]{kept}[/]")

    # 4
    def publish(self) -> None:
        for described in (*datasets.ALL, *self.richer):
            if not self._is_draft(described):  # the demo was run before
                continue
            staff, head = (self.api(described.provider, rank) for rank in Rank)
            case = staff.post("/api/cases/catalogue_entry", {"dataset": described.code})["id"]
            assessed = {"secrecy": "不涉及国家秘密", "personal_information": "已去标识，风险可控"}
            self.take(staff, case, "assess", assessed)
            self.take(head, case, "approve")
            self.take(self.api(CAST[0], Rank.HEAD), case, "pass")

    def _is_draft(self, described: datasets.Described) -> bool:
        entry = self.api(described.provider).get(f"/api/datasets/{described.code}")
        return bool(entry["state"] == "draft")

    # 5
    def operation(self) -> None:
        staff, head = (self.api(HEALTH, rank) for rank in Rank)
        today = date.today()
        decision = {"decided_on": today.isoformat(), "record": f"云政纪〔{today.year}〕12号"}
        chosen = {
            "operator": OPERATOR.code,
            "method": "public_tender",
            "result": "公开招标，结果已在市公共资源交易网公布。",
        }
        ends = today + timedelta(days=3 * 365)
        agreement = {"starts": today.isoformat(), "ends": ends.isoformat(), **datasets.AGREEMENT}
        sector, operator = self.api(SECTOR), self.api(OPERATOR, Rank.HEAD)
        case = staff.post("/api/cases/authorised_operation", datasets.PLAN)["id"]
        self.take(head, case, "submit_plan")
        self.decide(GOVERNMENT, case, "plan")
        self.take(self.api(GOVERNMENT, Rank.HEAD), case, "approve_plan", decision)
        self.take(sector, case, "file_plan", {"number": f"省数备〔{today.year}〕7号"})
        self.take(staff, case, "choose_operator", chosen)
        self.decide(HEALTH, case, "agreement")
        self.take(head, case, "offer_agreement", agreement)
        self.take(operator, case, "sign_agreement")
        self.take(sector, case, "file_agreement", {"number": f"省数备〔{today.year}〕8号"})
        self.take(staff, case, "provide")
        grants = self.api(OPERATOR).get("/api/grants")["grants"]
        self.grant = next(g["id"] for g in grants if g["case"] == case)
        self.say(Sentence("The operator's grant", "运营机构获得授权"), self.grant)

    def decide(self, body: Body, case: str, what: str) -> None:
        """A collective decision: both of its people are named, and each consents."""
        named = {"members": [body.username(rank) for rank in Rank], "matter": "专题会议第二项"}
        self.take(self.api(body), case, f"name_deciders_of_{what}", named)
        for rank in Rank:
            self.take(self.api(body, rank), case, f"consent_to_{what}")

    def take(self, api: Api, case: str, step: str, form: Any = None) -> None:
        """One step over HTTP, and where the case stands now, by when, on what article."""
        done = api.post(f"/api/cases/{case}/{step}", {"form": form} if form else {})
        last = done["steps"][-1]
        due = f" [yellow]≤ {done['due']}{'?' if done['due_provisional'] else ''}[/]"
        law = last["article"] or str(Sentence("platform rule", "平台规则"))
        shown = due if done["due"] else ""
        self.console.print(f"{case}  {step:<18} → {done['state']:<18}[dim]{law}[/]{shown}")

    # 6
    def queries(self) -> None:
        self.receipt_file = self.work / "receipt.json"
        for sql in datasets.ANSWERED:
            self._ask(sql, "--receipt", str(self.receipt_file))
        for sql in datasets.REFUSED:
            self._ask(sql, refused=True)
        self._ask(datasets.WITHHELD)

    def _ask(self, sql: str, *more: str, refused: bool = False) -> None:
        self.console.print(f"\n[bold]›[/] [cyan]{sql}[/]", soft_wrap=True)
        words = ["query", "--grant", self.grant, "--purpose", datasets.PURPOSE]
        code = shell_shown(*words, "--as", OPERATOR.username(Rank.STAFF), *more, sql)
        if code != int(refused):
            raise SystemExit(f"{code}: {sql}")

    # 7
    def receipt(self) -> None:
        with_key = ["--key", self.log_key]
        if shell_shown("verify", str(self.receipt_file), *with_key):
            raise SystemExit(1)
        changed = bytearray(self.receipt_file.read_bytes())
        place = changed.index(b"query.answered")
        changed[place] ^= 1
        forged = self.work / "receipt-changed.json"
        forged.write_bytes(changed)
        self.say(Sentence("One byte changed, at", "改动一个字节，位置"), str(place))
        if not shell_shown("verify", str(forged), *with_key):
            raise SystemExit("a changed receipt was verified")

    # 8
    def disclosure(self) -> None:
        if shell_shown("disclosure", "--year", str(date.today().year)):
            raise SystemExit(1)

    def say_who(self) -> None:
        users = ", ".join(b.username(r) for b in CAST for r in Rank)
        self.console.print()
        self.say(Sentence("Log in as", "可用以下用户登录"), f"admin, {users}")
        self.say(Sentence("Password of each", "密码均为"), self.password_file.read_text())

    def keep_serving(self) -> None:
        self.console.print(f"\n[bold]{self.address}[/]")
        self.say(Sentence("To stop", "停止服务"), "Ctrl+C")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            self.console.print()

    @property
    def chinese(self) -> bool:
        return current_language().lower().startswith("zh")

    def name(self, body: Body) -> str:
        return body.name_zh if self.chinese else body.name_en

    def say(self, what: Sentence, value: str) -> None:
        self.console.print(f"{what}: [cyan]{value}[/]", soft_wrap=True)

    def api(self, body: Body, rank: Rank = Rank.STAFF) -> Api:
        """The way to the platform of one of the cast, with a token of their own."""
        username = body.username(rank)
        if username not in self.apis:
            scopes = [word for scope in SCOPES for word in ("--scope", scope)]
            made = shell_json("token", "create", "--user", username, "--days", "1", *scopes)
            self.apis[username] = Api(self.address, made["token"])
        return self.apis[username]

    def _yaml(self, name: str, value: Any) -> Path:
        path = self.work / name
        path.write_text(yaml.safe_dump(json.loads(json.dumps(value)), allow_unicode=True))
        return path
