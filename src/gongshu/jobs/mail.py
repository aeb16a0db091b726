"""One notice or digest as one mail, by the server that the instance names.

Addresses, subjects and texts pass through Django's EmailMessage, which refuses a line break in a
header. What the server answers is kept as its number alone.
"""

from __future__ import annotations

import smtplib
import ssl
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from gongshu.jobs.deliveries import Unsent
from gongshu.jobs.models import Delivery
from gongshu.wording import Sentence

TIMEOUT = 10  # seconds
LONGEST_SUBJECT = 150
OFF = Sentence(en="No mail server is set up on this instance.", zh="本实例尚未配置邮件服务器。")


def is_on() -> bool:
    return bool(settings.MAIL_SERVER["host"])


def sender() -> str:
    """Who mails are from: what the instance says, else nobody's address at its own name."""
    here = urlsplit(settings.PUBLIC_URL).hostname or settings.MAIL_SERVER["host"]
    return settings.MAIL_FROM or f"gongshu@{here}"


def server() -> EmailBackend:
    """Always the real one: what is tested is a conversation with a mail server."""
    named: dict[str, Any] = settings.MAIL_SERVER
    return EmailBackend(**named, timeout=TIMEOUT, fail_silently=False)


def one_line(text: str) -> str:
    """As a subject: no line breaks, and cut where it would be too long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"


def send(row: Delivery) -> None:
    """Returns when the server has taken it; raises `Unsent` otherwise."""
    if not is_on():
        raise Unsent(OFF, lasting=True)
    host = sender().rpartition("@")[2].rstrip(">")
    message = EmailMessage(
        subject=row.subject,
        body=row.body,
        from_email=sender(),
        to=[row.to],
        headers={"Message-ID": f"<{row.id}@{host}>", "Auto-Submitted": "auto-generated"},
        connection=server(),
    )
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        code = max(code for code, _ in error.recipients.values())
        raise Unsent(
            Sentence(
                en=f"The mail server does not take mail for this address ({code}).",
                zh=f"邮件服务器拒收该地址的邮件（{code}）。",
            ),
            lasting=code >= 500,
        ) from error
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused, ValueError) as error:
        raise Unsent(said(error)) from error  # this mail, and perhaps no other
    except OSError as error:  # as all of smtplib's errors are
        raise Unsent(said(error), unreachable=True) from error


def said(error: Exception) -> Sentence:
    """What went wrong with the server, without a word of what was said to it or by it."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Sentence(
            en="The mail server refuses the platform's user name or password.",
            zh="邮件服务器拒绝了平台的用户名或密码。",
        )
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Sentence(
            en="The mail server offers no login or no TLS, which are set up.",
            zh="邮件服务器不支持所配置的登录方式或 TLS。",
        )
    if isinstance(error, ssl.SSLError):
        return Sentence(
            en="The mail server's certificate is not trusted, or it speaks no TLS.",
            zh="邮件服务器的证书不可信，或不支持 TLS。",
        )
    if isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
        return Sentence(en=f"The mail server answered {code}.", zh=f"邮件服务器返回 {code}。")
    if isinstance(error, ValueError):
        return Sentence(en="The mail cannot be written.", zh="邮件内容或地址无法使用。")
    return Sentence(en="The mail server does not answer.", zh="邮件服务器没有应答。")
