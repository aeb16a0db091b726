"""An attached file as an answer: saved, never shown as a page of ours."""

from __future__ import annotations

from pathlib import Path

from django.http import FileResponse

from gongshu.cases.files import media_type
from gongshu.cases.models import CaseFile


def of_file(row: CaseFile, path: Path) -> FileResponse:
    """Whoever sent it chose its content, so a browser is to run nothing of it."""
    answer = FileResponse(
        path.open("rb"), as_attachment=True, filename=row.name, content_type=media_type(row)
    )
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    answer["ETag"] = f'"{row.digest}"'
    return answer
