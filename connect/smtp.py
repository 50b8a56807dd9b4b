"""Outgoing mail: one message, one connection, bounded in time; whatever goes wrong is an `UpstreamError`."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from connect.outcomes import UpstreamError

TIMEOUT_SECONDS = 20
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
PORTS = {"smtp": 587, "smtps": 465}


def deliver(url: str, message: EmailMessage) -> None:
    """Hand `message` to the server of `url` (`smtp://` or `smtps://`, with user and password where it wants them).

    Plain `smtp` is encrypted by STARTTLS before anything is said, but on this machine. `UpstreamError`:
    `refused-letter` (permanent: it will be refused again), `unauthorized` (permanent), or one worth another try.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    try:
        with _connected(parts.scheme, host, port) as server:
            if parts.scheme == "smtp" and host not in LOCAL_HOSTS:
                server.starttls(context=ssl.create_default_context())
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except smtplib.SMTPAuthenticationError as error:
        raise UpstreamError("unauthorized", status=error.smtp_code) from None
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise _refused(min(codes, default=500)) from None
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code) from None
    except TimeoutError:
        raise UpstreamError("timeout") from None
    except (smtplib.SMTPException, OSError):
        raise UpstreamError("unreachable") from None


def _connected(scheme: str, host: str, port: int) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)


def _refused(code: int) -> UpstreamError:
    """4yz: not now. 5yz: not at all (RFC 5321, 4.2.1)."""
    return UpstreamError("server-error" if code < 500 else "refused-letter", status=code)
