"""Bounds on the text of a query, checked before a parser sees it.

A parser is a program that a stranger feeds: what is too large, too deep or written in
characters that hide is refused on the token stream alone.
"""

from __future__ import annotations

import re
import unicodedata

from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from gongshu.data.policy.refusals import Refused
from gongshu.wording import Sentence

MAX_BYTES = 64 * 1024
MAX_TOKENS = 5_000
MAX_NESTING = 60
MAX_LITERALS = 500
MAX_CHAIN = 400  # AND, OR, +, || … in a row: each makes the tree one level deeper

_OPEN = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
_CLOSE = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}
_UNARY = {TokenType.NOT, TokenType.DASH, TokenType.PLUS, TokenType.TILDE}
_CHAIN = {
    TokenType.AND,
    TokenType.OR,
    TokenType.PLUS,
    TokenType.DASH,
    TokenType.STAR,
    TokenType.SLASH,
    TokenType.DPIPE,
    TokenType.DCOLON,
    TokenType.UNION,
}
_NOT_PLAIN = re.compile(r"[^\t\n\r -~]")
_LITERAL = {TokenType.STRING, TokenType.NUMBER, TokenType.PARAMETER, TokenType.PLACEHOLDER}


def check_bounds(sql: str) -> list[Token]:
    """The tokens of a text that may reach the parser; `Refused` for one that may not."""
    if not isinstance(sql, str) or len(sql.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _too_large("64 KiB of text", "64 KiB 文本")
    try:
        tokens = DuckDB().tokenize(sql)
    except (SqlglotError, RecursionError):
        raise syntax() from None
    if not tokens:
        raise syntax()
    _check_characters(sql, tokens)
    if len(tokens) > MAX_TOKENS:
        raise _too_large(f"{MAX_TOKENS} words", f"{MAX_TOKENS} 个词")
    _check_depth(tokens)
    return tokens


def _check_depth(tokens: list[Token]) -> None:
    depth = unary = chain = literals = 0
    for token in tokens:
        kind = token.token_type
        if kind in _OPEN:
            depth += 1
        elif kind in _CLOSE:
            depth = max(0, depth - 1)
        unary = unary + 1 if kind in _UNARY else 0
        chain += kind in _CHAIN
        literals += kind in _LITERAL
        if depth > MAX_NESTING or unary > 10:
            raise _too_large(f"{MAX_NESTING} levels of nesting", f"{MAX_NESTING} 层嵌套")
    if literals > MAX_LITERALS:
        raise _too_large(f"{MAX_LITERALS} literals", f"{MAX_LITERALS} 个字面值")
    if chain > MAX_CHAIN:
        raise _too_large(f"{MAX_CHAIN} operators", f"{MAX_CHAIN} 个运算符")


def _check_characters(sql: str, tokens: list[Token]) -> None:
    """Control and direction characters may stand inside a string only, NUL nowhere."""
    suspects = [
        (match.start(), match[0])
        for match in _NOT_PLAIN.finditer(sql)
        if unicodedata.category(match[0]) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]
    if not suspects:
        return
    strings = [(t.start, t.end) for t in tokens if t.token_type == TokenType.STRING]
    for offset, character in suspects:
        inside = any(start < offset < end for start, end in strings)
        if character == "\0" or not inside or unicodedata.category(character) == "Cs":
            raise Refused(
                "syntax",
                Sentence(
                    en="The query holds an invisible control character.",
                    zh="查询中有不可见的控制字符。",
                ),
                span=(offset, offset + 1),
                suggestion=Sentence(en="Remove it.", zh="请删去该字符。"),
            )


def _too_large(en: str, zh: str) -> Refused:
    return Refused(
        "too_large",
        Sentence(en=f"The query is larger than {en}.", zh=f"查询超过 {zh}。"),
        suggestion=Sentence(en="Split it into smaller queries.", zh="请拆成较小的查询。"),
    )


def syntax(span: tuple[int, int] | None = None, near: str = "") -> Refused:
    here, here_zh = (
        (f" It cannot be read at “{near}”.", f"在“{near}”处无法读懂。") if near else ("", "")
    )
    return Refused(
        "syntax",
        Sentence(
            en=f"This is not one SQL query in DuckDB's dialect.{here}",
            zh=f"这不是一条 DuckDB 方言的 SQL 查询。{here_zh}",
        ),
        span=span,
        suggestion=Sentence(
            en="Write one SELECT; check the commas and brackets just before this place, and that "
            "names stand in double quotes and texts in single ones.",
            zh="请写一条 SELECT；检查此处之前的逗号与括号，名称用双引号，文本用单引号。",
        ),
    )
