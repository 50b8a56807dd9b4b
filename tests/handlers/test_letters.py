"""Letters leave by a real mail server, wait where there is none, and are tried again where that helps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr, ValidationError
from sqlalchemy import select

from handlers import work
from handlers.settings import Settings
from models.database import Database
from models.queues import OutboxItem
from services import mail
from tests.handlers.faces import NOW, Face, running

ALICE = "alice.martin@nordlicht.example"
VALUES = {"case": "R-1", "kind": "access", "received_on": "2 mars", "due_on": "2 avril", "path": "/privacy/export/x"}


class Mailbox:
    """A mail server that keeps what it is given, and answers as it is told."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.answer = "250 taken"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


class OnAnyPort(Controller):
    """On whichever port is free; the library would call itself on port 0."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(box: Mailbox) -> Iterator[str]:
    controller = OnAnyPort(box, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        yield face


def queue(face: Face, language: Any = "fr", **options: Any) -> None:
    p = face.parts
    with p.database.write() as session:
        told = {"to": ALICE, "language": language, "letter": "rights_answer", "values": VALUES | {"known": True}}
        mail.queue_letter(session, p.vault, **(told | {"key": "R-1/answer", "now": NOW} | options))


def use(face: Face, url: str) -> None:
    face.parts.settings = face.parts.settings.model_copy(update={"smtp_url": SecretStr(url)})


def item(face: Face) -> OutboxItem:
    with face.parts.database.read() as session:
        return session.scalars(select(OutboxItem)).one()


def test_a_letter_arrives_whole(face: Face) -> None:
    box = Mailbox()
    queue(face, one_click="a-token")
    with mail_server(box) as url:
        use(face, url)
        work.drain_outbox(face.parts)
    (letter,) = box.letters
    assert (letter["To"], letter["Subject"]) == (ALICE, "Réponse à votre demande")
    assert letter["From"] == "Alkaes Consulting <privacy@alkaes.example>"
    assert letter["List-Unsubscribe"] == "<http://localhost:8080/u/a-token>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["Auto-Submitted"] == "auto-generated"
    text = letter.get_content()
    assert "http://localhost:8080/privacy/export/x?lang=fr" in text and "CNIL" in text and "accès" in text
    assert letter.get_content_type() == "text/plain", "nothing in it could tell that it was opened"
    assert item(face).state == "done"


def test_a_letter_that_is_sent_again_is_the_same_letter(face: Face) -> None:
    box = Mailbox()
    with mail_server(box) as url:
        use(face, url)
        for language in ("en", "fr"):
            queue(face, language)
            work.drain_outbox(face.parts)
    assert len(box.letters) == 2
    assert len({letter["Message-ID"] for letter in box.letters}) == 1


def test_without_a_server_letters_wait_and_none_is_lost(face: Face) -> None:
    queue(face)
    for attempt in range(20):
        face.parts.clock = lambda attempt=attempt: NOW + timedelta(hours=attempt)  # type: ignore[misc]
        assert work.drain_outbox(face.parts) == 1
    assert (item(face).state, item(face).reason, item(face).attempts) == ("ready", "no mail server is set", 0)
    box = Mailbox()
    with mail_server(box) as url:
        use(face, url)
        face.parts.clock = lambda: NOW + timedelta(hours=30)
        work.drain_outbox(face.parts)
    assert len(box.letters) == 1


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [("550 no such user", "quarantined", "refused-letter"), ("451 later", "ready", "server-error")],
)
def test_a_no_is_told_from_a_not_now(face: Face, answer: str, state: str, reason: str) -> None:
    box = Mailbox()
    box.answer = answer
    queue(face)
    with mail_server(box) as url:
        use(face, url)
        work.drain_outbox(face.parts)
    assert (item(face).state, item(face).reason) == (state, reason)


def test_a_server_that_is_not_there_is_tried_again(face: Face) -> None:
    queue(face)
    with mail_server(Mailbox()) as url:
        pass
    use(face, url)
    work.drain_outbox(face.parts)
    assert (item(face).state, item(face).reason) == ("ready", "unreachable")


@pytest.mark.parametrize("url", ["http://mail.example", "mail.example", "smtp://", "smtp://h:x", "smtp://h/?a=b"])
def test_a_mail_server_is_one(url: str) -> None:
    with pytest.raises(ValidationError, match="smtp"):
        Settings(smtp_url=url, _env_file=None)


def test_the_password_of_the_mail_server_is_not_shown() -> None:
    settings = Settings(smtp_url="smtps://user:a-password@mail.example", _env_file=None)
    assert "a-password" not in repr(settings)
