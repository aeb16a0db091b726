"""What a person is told when a file cannot become a table."""

from __future__ import annotations

from gongshu.wording import Problem, Sentence


class Unreadable(Problem):
    """A file cannot be read as a table; `line` is where, when there is one place.

    Codes: `missing`, `empty`, `format` (a document, a web page, a picture …), `encrypted`,
    `damaged`, `encoding`, `sheet`, `archive`, `hint` (a hint does not fit the file).
    """

    def __init__(
        self,
        code: str,
        sentence: Sentence,
        *,
        suggestion: Sentence | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(code, sentence, suggestion=suggestion, field=field)
        self.line = line


def empty_file() -> Unreadable:
    return Unreadable(
        "empty",
        Sentence(en="The file holds no rows.", zh="文件中没有任何数据行。"),
        suggestion=Sentence(en="Check that the export finished.", zh="请检查导出是否完成。"),
    )
