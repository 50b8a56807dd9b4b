"""The public pages: readable by anyone, in two languages, with no cookie and no script; GET records nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from handlers import pages, policy, privacy_request
from handlers.parts import Parts
from handlers.settings import ROOT, Settings
from models.database import Database
from models.register import REGISTER
from services.policy import latest, record
from services.policy import load as load_policy


@pytest.fixture
def parts(database: Database, folder: Path, now: datetime) -> Iterator[Parts]:
    """The parts of an app on the test's database."""
    settings = Settings(_env_file=None, database_url=str(database.url), policy_dir=folder)  # type: ignore[call-arg]
    made = Parts(settings, lambda: now)
    made.database = database
    yield made


@pytest.fixture
def client(parts: Parts) -> FlaskClient:
    """An app of the policy's pages alone."""
    app = Flask("policy", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    pages.init_app(app, parts.settings)
    app.extensions["fairtrial"] = parts
    app.register_blueprint(policy.blueprint)
    # The foot of every public page leads there.
    app.register_blueprint(privacy_request.blueprint)
    return app.test_client()


def publish(parts: Parts) -> str:
    """Record the text as it stands as a version; gives its digest."""
    text = load_policy(parts.settings.policy_dir, REGISTER, parts.settings.vendor)
    with parts.database.write() as session:
        return record(session, text, parts.clock()).digest


def test_before_the_first_version_the_text_is_shown_and_nothing_is_recorded(client: FlaskClient, parts: Parts) -> None:
    answer = client.get("/policy/fr")
    assert answer.status_code == 200
    assert "Version 1 (en préparation)" in answer.text
    assert "3 ans" in answer.text
    with parts.database.read() as session:
        assert latest(session) is None


@pytest.mark.parametrize(("lang", "other", "words"), [("fr", "en", "Vos droits"), ("en", "fr", "Your rights")])
def test_the_version_in_force_is_a_page_for_people(
    client: FlaskClient, parts: Parts, lang: str, other: str, words: str
) -> None:
    digest = publish(parts)
    answer = client.get(f"/policy/{lang}")
    assert answer.status_code == 200
    assert f'<html lang="{lang}">' in answer.text
    assert words in answer.text
    assert re.search(rf'<a href="/policy/{other}" hreflang="{other}"', answer.text)
    assert answer.headers["Content-Language"] == lang
    assert digest in answer.headers["ETag"]
    assert "Set-Cookie" not in answer.headers
    assert "<script" not in answer.text


def test_an_unchanged_page_is_not_sent_again(client: FlaskClient, parts: Parts) -> None:
    publish(parts)
    for address in ("/policy/en", "/policy/en/versions/1", "/policy/en/changes"):
        etag = client.get(address).headers["ETag"]
        again = client.get(address, headers={"If-None-Match": etag})
        assert (again.status_code, again.data) == (304, b"")


def test_old_versions_stay_readable_and_say_that_they_are_old(client: FlaskClient, parts: Parts) -> None:
    publish(parts)
    old_etag = client.get("/policy/en/versions/1").headers["ETag"]
    clause = parts.settings.policy_dir / "en" / "15-changes.md"
    clause.write_text(clause.read_text() + "\nAn added sentence.\n")
    publish(parts)

    old = client.get("/policy/en/versions/1", headers={"If-None-Match": old_etag})
    changes = client.get("/policy/en/changes").text

    assert "no longer the latest" in old.text
    assert "An added sentence." not in old.text
    assert "An added sentence." in client.get("/policy/en").text
    assert "Clause changed: Changes" in changes
    assert "<ins>" in changes
    assert "An added sentence." in changes
    assert "Clause modifiée" not in client.get("/policy/fr/changes").text


@pytest.mark.parametrize(
    "address",
    ["/policy/de", "/policy/fr/versions/0", "/policy/fr/versions/2", "/policy/fr/versions/99999999999999999999999"],
)
def test_what_does_not_exist_is_not_found(client: FlaskClient, parts: Parts, address: str) -> None:
    publish(parts)
    assert client.get(address).status_code == 404


def test_every_link_of_the_page_leads_somewhere(client: FlaskClient, parts: Parts) -> None:
    publish(parts)
    page = client.get("/policy/fr").text
    own = {url for url in re.findall(r'href="(/[^"]*)"', page) if not url.startswith("/static/")}
    assert own
    assert {client.get(url).status_code for url in own} == {200}


@pytest.mark.parametrize(("lang", "how"), [("fr", "Comment les exercer"), ("en", "How to exercise them")])
def test_a_reader_is_two_clicks_from_exercising_a_right(client: FlaskClient, parts: Parts, lang: str, how: str) -> None:
    """One click in the contents leads to the rights; there the next click is a letter to whoever answers."""
    publish(parts)
    shown = client.get(f"/policy/{lang}").text
    contents = shown.partition('<nav class="contents"')[2].partition("</nav>")[0]
    assert '<a href="#rights">' in contents
    rights = shown[shown.index('id="rights"') : shown.index('id="choices"')]
    assert how in rights
    assert f'href="mailto:{parts.settings.vendor_contact_email}"' in rights
