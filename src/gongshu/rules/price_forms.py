"""What a price cycle is written down in: products, trial charges, the cost survey, caps, reports.

Pricing notice (发改价格〔2025〕65号). Money is in yuan, to the fen; a rate is written in per cent.
What the formulas give is worked out here and may be left empty; written otherwise, it is refused.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from gongshu.rules import prices
from gongshu.rules.written import Files, Form, Line, Text, Ticked, choice, files, line, text, wrong
from gongshu.wording import Sentence

Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4)]

USES = {
    "governance": Sentence("public governance", "公共治理"),
    "public_benefit": Sentence("public benefit", "公益事业"),
    "industry": Sentence("industry", "产业发展、行业发展"),
}
# Part 3(2): what is counted.
UNITS = {
    "product": Sentence("number of products", "产品数量"),
    "service": Sentence("number of services", "服务次数"),
    "time": Sentence("time of service", "服务时间"),
    "calls": Sentence("volume of data calls", "数据调用量"),
}


def rows(english: str, chinese: str, **more: Any) -> Any:
    """A list of lines, written as YAML on a page."""
    return Field(title=english, json_schema_extra={"x-zh": chinese}, min_length=1, **more)


class ProductLine(Form):
    product: Line = line("Product or service", "产品或服务")
    use: Literal["governance", "public_benefit", "industry"] = choice("Use", "用途", USES)
    unit: Literal["product", "service", "time", "calls"] = choice("Unit", "计费单位", UNITS)


class PriceCycle(Form):
    """The operation, and its products by use (part 1)."""

    grant: Line = line("Grant of the authorised operation", "授权运营的授权编号")
    products: list[ProductLine] = rows(
        "Products: each with product, use (governance, public_benefit, industry) and unit "
        "(product, service, time, calls)",
        "产品和服务清单：逐项填写 product（名称）、use（governance 公共治理、public_benefit "
        "公益事业、industry 产业发展）、unit（product 产品数、service 次数、time 时长、"
        "calls 调用量）",
        max_length=200,
    )
    separate_accounts: Ticked = line(
        "The operator keeps separate accounts for the operation", "运营机构对授权运营业务单独核算"
    )

    @model_validator(mode="after")
    def each_once(self) -> PriceCycle:
        names = [one.product for one in self.products]
        if len(set(names)) < len(names):
            raise wrong(
                Sentence("A product is named twice.", "有产品重复列出。"),
                "products",
            )
        return self


class Charge(Form):
    product: Line = line("Product or service", "产品或服务")
    charge: Money = line("Charge for one unit, yuan", "单位收费（元）")


class Charges(Form):
    """What is charged, from which day, and where it is published (part 5)."""

    charges: list[Charge] = rows(
        "Charges: product and charge (yuan a unit)",
        "收费标准：逐项填写 product（名称）、charge（每单位元）",
        max_length=200,
    )
    begins: date = line("From", "执行日期")
    published_at: Line = line("Where they are published", "公布渠道")

    def by_product(self) -> dict[str, Decimal]:
        return {one.product: one.charge for one in self.charges}


class TrialCharges(Charges):
    """Part 2: with no full year of operation yet, a trial charge that is guided."""

    grounds: Text = text("How they were worked out", "测算依据")


class CapApplication(Form):
    """Part 2: after a full year, a written application."""

    number: Line = line("Number of the written application", "书面申请文号")
    operation: Text = text("A full year of operation: how it went", "一个完整运营年度的运营情况")
    documents: Files = files("Application and accounts: files", "申请书及财务资料（附件）")


class Readiness(Form):
    findings: Text = text("Findings of the readiness check", "定价条件核查情况")


class CostSurvey(Form):
    """Part 3(1): cost by item, permitted profit, tax; part 4: the cycle and what is deducted."""

    cycle_begins: date = line("Cycle: from", "定价周期：自")
    cycle_ends: date = line("Cycle: until (three years at most)", "定价周期：至（不超过三年）")
    platform: Money = line("Cost: platform build and upkeep", "成本：平台建设和运行维护")
    processing: Money = line(
        "Cost: transfer, aggregation, storage, governance", "成本：数据传输、归集、存储、治理"
    )
    staff: Money = line("Cost: staff", "成本：人员")
    acquisition: Money = line("Cost: obtaining public data", "成本：获取公共数据支出")
    period_expenses: Money = line("Cost: period expenses", "成本：期间费用")
    subsidy: Money = line("Government subsidy (taken off)", "政府补助（扣除）")
    treasury_yield: Percent = line(
        "10-year treasury yield, average of the year before the survey, %",
        "成本调查前一年十年期国债平均收益率（%）",
    )
    points: Annotated[Percent, Field(le=6)] = line(
        "Percentage points on top (6 at most)", "加成百分点（不超过 6）"
    )
    tax: Money = line("Tax", "税金")
    deducted: Money = line(
        "Taken off for revenue above the maximum in earlier cycles",
        "冲减以前周期超出最高准许收入的部分",
        default=Decimal(0),
    )
    smoothing: str = line(
        "Why less than all of it is taken off now",
        "本周期未全部冲减的理由",
        default="",
        max_length=2000,
    )
    maximum: Money | None = line(
        "Maximum permitted revenue (empty: worked out)",
        "最高准许收入（留空由系统计算）",
        default=None,
    )

    @property
    def cost(self) -> Decimal:
        spent = (self.platform, self.processing, self.staff, self.acquisition, self.period_expenses)
        return prices.operating_cost(spent, self.subsidy)

    @model_validator(mode="after")
    def as_the_formula_says(self) -> CostSurvey:
        if not self.cycle_begins < self.cycle_ends <= prices.last_day_of_cycle(self.cycle_begins):
            raise wrong(
                Sentence(
                    "A cycle ends after it begins, and lasts three years at most.",
                    "定价周期截止应晚于起始，且不超过三年。",
                ),
                "cycle_ends",
            )
        if self.cost < 0:
            raise wrong(
                Sentence(
                    "The subsidy is more than the cost: nothing is left to be charged for.",
                    "政府补助超过成本，无需收费。",
                ),
                "subsidy",
            )
        rate = prices.permitted_rate(self.treasury_yield / 100, self.points / 100)
        found = prices.maximum_revenue(self.cost, rate, tax=self.tax, deducted=self.deducted)
        if found < 0:
            raise wrong(
                Sentence(
                    "More is taken off than may be earned; spread it over later cycles.",
                    "冲减额超过准许收入，请分摊到以后周期。",
                ),
                "deducted",
            )
        if self.maximum not in (None, found):
            raise wrong(
                Sentence(
                    f"Cost, profit and tax come to {found}, not {self.maximum}.",
                    f"成本、准许利润、税金合计为 {found} 元，而非 {self.maximum} 元。",
                ),
                "maximum",
            )
        self.maximum = found
        return self


class CapLine(Form):
    product: Line = line("Product or service", "产品或服务")
    cap: Money = line("Cap for one unit, yuan", "单位上限收费（元）")
    volume: Amount = line("Expected volume over the cycle", "周期内预计销售量")


class Caps(Form):
    """Part 3(2): caps per product; part 2: reported in writing."""

    caps: list[CapLine] = rows(
        "Caps: product, cap (yuan a unit) and volume (expected over the cycle)",
        "上限收费标准：逐项填写 product（名称）、cap（每单位元）、volume（周期内预计销售量）",
        max_length=200,
    )
    begins: date = line("From", "执行日期")
    considered: Text = text(
        "Data, computing and storage used, staff, sales: how they were considered",
        "数据、算力、存储资源使用和人员投入、销售规模等因素的考虑",
    )
    report: Line = line("Number of the written report", "书面报告文号")

    def lines(self) -> list[prices.Cap]:
        return [prices.Cap(one.product, one.cap, one.volume) for one in self.caps]


class Sales(Form):
    product: Line = line("Product or service", "产品或服务")
    volume: Amount = line("Sold", "销售量")
    revenue: Money = line("Revenue, yuan", "收入（元）")


class YearOfPrices(Form):
    """Part 5: what the report of last year's operation contains."""

    year: int = line("Year", "年度", ge=2000, le=2200)
    overall: Text = text("Overall state of the operation", "总体运营情况")
    cost: Money = line("Cost, yuan", "成本（元）")
    revenue: Money = line("Revenue, yuan", "收入（元）")
    profit: Annotated[Decimal, Field(max_digits=18, decimal_places=2)] = line(
        "Profit (loss: negative), yuan", "利润（亏损为负，元）"
    )
    sales: list[Sales] = rows(
        "Per product: product, volume, revenue",
        "各产品销售和收入：逐项填写 product（名称）、volume（销售量）、revenue（收入）",
        max_length=200,
    )
    maximum: Annotated[Money, Field(gt=0)] = line(
        "Maximum permitted revenue of that year, yuan", "该年度最高准许收入（元）"
    )
    deviation: Decimal | None = line(
        "Deviation from the maximum, % (empty: worked out)",
        "偏离最高准许收入的幅度（%，留空由系统计算）",
        default=None,
    )
    adjustments: Text = text("Charges adjusted, or to be adjusted", "收费标准调整情况")

    @property
    def off(self) -> Decimal:
        """The exact deviation, as a fraction."""
        return prices.deviation(self.revenue, self.maximum)

    @model_validator(mode="after")
    def adds_up(self) -> YearOfPrices:
        total = sum((one.revenue for one in self.sales), Decimal(0))
        if total != self.revenue:
            raise wrong(
                Sentence(
                    f"The products' revenue adds up to {total}, not {self.revenue}.",
                    f"各产品收入合计为 {total} 元，与收入 {self.revenue} 元不符。",
                ),
                "sales",
            )
        found = (self.off * 100).quantize(Decimal("0.01"))
        if self.deviation not in (None, found):
            raise wrong(
                Sentence(
                    f"The revenue deviates by {found} %, not {self.deviation} %.",
                    f"偏离幅度为 {found}%，而非 {self.deviation}%。",
                ),
                "deviation",
            )
        self.deviation = found
        return self


class Guidance(Form):
    """Part 4: at 10 % or less the operator's actual charges are adjusted under guidance."""

    guidance: Text = text("How the charges are to be adjusted", "对调整实际收费标准的指导意见")


class CycleAccounts(Form):
    """Part 4: what was taken in the cycle; what lies above the maximum is carried."""

    revenue: Money = line("Revenue of the whole cycle, yuan", "本周期实际收入（元）")
    findings: Text = text("Findings of the review", "校核情况")
