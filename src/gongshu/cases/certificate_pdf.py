"""A certificate of registration on paper: one page, with where it can be checked.

The font is one of Adobe's Chinese CID fonts, which every reader of PDF brings along; no font file
is shipped. The page proves nothing by itself, and says so: the JSON certificate does.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from html import escape
from typing import Any

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from gongshu.rules.registration_forms import TYPES, WHAT

FONT = "STSong-Light"
OF_VERSION = {
    **{name: said.zh for name, said in TYPES.items()},
    "correction": "更正登记",
    "renewal": "续展",
}


def certificate_pdf(certificate: Mapping[str, Any], *, address: str = "") -> bytes:
    """The page; `address` is where its code can be looked up, and becomes the QR code."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    registration: Mapping[str, Any] = certificate["registration"]
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=24 * mm,
        bottomMargin=20 * mm,
        title=f"公共数据资源登记证书 {registration['code']}",
        author=str(registration["registrant_name"]),
        invariant=True,  # the same certificate makes the same file
    )
    document.build(list(_page(registration, certificate["receipt"], address)))
    return buffer.getvalue()


def _page(
    registration: Mapping[str, Any], receipt: Mapping[str, Any], address: str
) -> list[Flowable]:
    title = ParagraphStyle("title", fontName=FONT, fontSize=24, leading=32, alignment=1)
    small = ParagraphStyle("small", fontName=FONT, fontSize=9, leading=14, wordWrap="CJK")
    found: list[Flowable] = [
        Paragraph("公共数据资源登记证书", title),
        Spacer(1, 12 * mm),
        _facts(registration),
        Spacer(1, 10 * mm),
    ]
    if address:
        found.append(_square(address))
    lines = str(receipt["proof"]).strip().splitlines()
    found += [
        Spacer(1, 4 * mm),
        Paragraph(_safe(_how(address)), small),
        Spacer(1, 4 * mm),
        Paragraph("日志证明 Proof in the log<br/>" + "<br/>".join(map(_safe, lines)), small),
    ]
    return found


def _facts(registration: Mapping[str, Any]) -> Table:
    cell = ParagraphStyle("cell", fontName=FONT, fontSize=11, leading=17, wordWrap="CJK")
    lines = (
        ("登记结果查询码", registration["code"]),
        ("登记主体", f"{registration['registrant_name']}（{registration['registrant']}）"),
        ("登记类型", OF_VERSION.get(str(registration["type"]), registration["type"])),
        ("登记对象", WHAT[str(registration["what"])].zh),
        ("数据名称", registration["name"]),
        ("内容摘要", _shortened(str(registration["summary"]))),
        ("有效期", f"{registration['valid_from']} 至 {registration['valid_until']}"),
        ("证书版本", registration["version"]),
    )
    rows = [[Paragraph(name, cell), Paragraph(_safe(str(value)), cell)] for name, value in lines]
    table = Table(rows, colWidths=(38 * mm, 128 * mm))
    line = colors.HexColor("#9aa5b1")
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, line),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
            ]
        )
    )
    return table


def _how(address: str) -> str:
    where = f"登记现状请查询 {address}。" if address else "登记现状请在登记平台按查询码查询。"
    return (
        f"{where}本页便于阅读；可离线核验的是同一登记的 JSON 证书（gongshu verify 文件）。"
        " What proves it offline is the JSON certificate of the same registration."
    )


def _square(address: str) -> Drawing:
    side = 30 * mm
    widget = QrCodeWidget(address)
    left, bottom, right, top = widget.getBounds()
    scale = (side / (right - left), 0, 0, side / (top - bottom), 0, 0)
    drawing = Drawing(side, side, transform=scale)
    drawing.add(widget)
    return drawing


def _shortened(summary: str, most: int = 600) -> str:
    """So that the certificate stays one page; the JSON certificate has the whole."""
    return summary if len(summary) <= most else summary[: most - 1] + "…"


def _safe(text: str) -> str:
    return escape(text).replace("\n", "<br/>")
