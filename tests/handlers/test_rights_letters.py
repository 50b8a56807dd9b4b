"""The letters of the desk, in both languages: whole, and every one names the remedies and the CNIL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app import create_app
from handlers.i18n import LANGUAGES
from handlers.letters import message_of
from handlers.settings import Settings
from models.database import Database
from models.rights import Right
from models.vault import Vault
from services import mail
from services.rights import NewRequest, cases, clock, desk, fulfilment, restriction
from services.rights.fulfilment import REFUSALS, Given
from tests.services.erasure.people import ALICE, settle

GIVEN = Given({"name": "Alice Durand"}, "erase", "My sister")


@pytest.fixture(scope="module")
def app() -> Flask:
    """The app as it starts on a bare machine, for its templates."""
    return create_app(Settings(secret_keys=("a-secret-key-for-the-tests",), _env_file=None))


def write(app: Flask, letter: dict[str, Any]) -> str:
    """A letter as it is written at the edge."""
    message = message_of(app.extensions["fairtrial"], letter)
    return f"{message['Subject']}\n\n{message.get_content()}"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_letter_names_the_remedies_and_says_what_is_so(
    app: Flask, database: Database, vault: Vault, now: datetime, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[dict[str, Any]] = []
    monkeypatch.setattr(mail, "queue_letter", lambda session, vault, **letter: queued.append(letter))
    settle(database, vault, now)

    def new(kind: str, email: str = ALICE) -> NewRequest:
        return NewRequest(kind, email, "mail", lang, now)

    with database.write() as session:
        desk.ask(session, vault, new("access", "carol@x.example"), now=now)
        for number, reason in enumerate(REFUSALS):
            told = desk.take(session, vault, new("access", f"p{number}@x.example"), actor="o", now=now)
            case = cases.find(session, told["case"]["id"])
            assert case is not None
            fulfilment.refuse(session, vault, case, reason=reason, actor="o", now=now)
        for number, reason in enumerate(clock.EXTENSION_REASONS):
            told = desk.take(
                session, vault, new("access", f"q{number}@x.example"), actor="o", now=now, check_identity=True
            )
            case = cases.find(session, told["case"]["id"])
            assert case is not None
            clock.extend(session, vault, case, reason=reason, actor="o", now=now)
            clock.suspend(session, vault, case, actor="o", now=now)
        for email in (ALICE, "stranger@x.example"):
            for kind in sorted(Right, key=lambda kind: kind is Right.ERASURE):
                told = desk.take(session, vault, new(kind.value, email), actor="o", now=now)
                case = cases.find(session, told["case"]["id"])
                assert case is not None
                fulfilment.fulfil(session, vault, case, actor="o", now=now, given=GIVEN)
                if kind is Right.RESTRICTION and email == ALICE:
                    restriction.lift(session, vault, case, actor="o", now=now + timedelta(days=1))
    letters = [(letter["letter"], letter["values"], write(app, letter)) for letter in queued]
    assert {name for name, _, _ in letters} == {
        "rights_confirm", "rights_received", "rights_extended", "rights_information", "rights_refused",
        "rights_lifting", "rights_answer",
    }  # fmt: skip
    for name, values, text in letters:
        assert "https://www.cnil.fr/" in text and ("recours" if lang == "fr" else "court") in text, name
        assert "privacy@alkaes.example" in text and values["case"] in text, name
        assert "{{" not in text and "None" not in text and "Alice" not in text, name
        if "path" in values:
            assert f"http://localhost:8080{values['path']}?lang={lang}" in text
    erased = next(text for name, values, text in letters if name == "rights_answer" and values.get("kept"))
    assert ("article L123-22" in erased) and (("31 décembre 2036" if lang == "fr" else "31 December 2036") in erased)
    answers = [text for name, values, text in letters if name == "rights_answer"]
    assert len({text.split("\n\n")[2] for text in answers}) >= len(Right) - 1
