"""Two languages, complete: what has no French yet is found here, before a reader does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask, render_template_string

from handlers import i18n, labels, pages
from handlers.settings import ROOT, Settings
from services.consent import CHANNELS, PURPOSES, ConsentState
from services.marketplace.states import STATES

KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "gettext_noop": None}
JINJA = {"**.html": {"silent": "false", "trimmed": "true"}}
FLAGS = {"returning", "migrating", "internal", "sandbox_only", "erased", "restricted"}
TODAY = date(2026, 11, 22)


def messages() -> set[str]:
    """Every message of the templates and of the handlers; of a plural, its singular."""
    found: set[str] = set()
    for folder, method in (("templates", ("**.html", "jinja2.ext:babel_extract")), ("handlers", ("**.py", "python"))):
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, [method], JINJA, keywords=KEYWORDS):
            found.add(message if isinstance(message, str) else message[0])
    return found


@pytest.fixture
def app() -> Flask:
    app = Flask("fairtrial", root_path=str(ROOT))
    pages.init_app(app, Settings(secret_keys=("a-secret-key-for-the-tests",), _env_file=None))
    return app


@pytest.fixture
def french(app: Flask) -> Iterator[None]:
    with app.test_request_context("/?lang=fr"):
        yield


def test_every_message_has_its_french_and_none_is_left_over() -> None:
    with (ROOT / "translations" / "fr.po").open("rb") as lines:
        french = [message for message in read_po(lines, locale="fr", abort_invalid=True) if message.id]
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in french}
    assert messages() - known == set()
    assert known - messages() == set()
    for message in french:
        told = [message.string] if isinstance(message.string, str) else message.string
        assert all(told), message.id
        assert not message.fuzzy, message.id
        assert [str(error) for error in message.check()] == [], message.id


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("state", STATES),
        ("flag", FLAGS),
        ("consent", ConsentState),
        ("told", ConsentState),
        ("purpose", PURPOSES),
        ("channel", CHANNELS),
    ],
)
def test_every_code_has_words_and_a_tone(kind: str, codes: list[str]) -> None:
    tones = {"neutral", "information", "success", "warning", "danger", "discovery"}
    assert set(codes) <= set(labels.KINDS[kind])
    assert {label.tone for label in labels.KINDS[kind].values()} <= tones
    assert all(label.text for label in labels.KINDS[kind].values())


def test_every_state_of_consent_is_explained_to_staff(french: None) -> None:
    assert all(labels.explanation(state, "consent") for state in ConsentState)
    assert labels.explanation("objected", "consent").startswith("Ne pas contacter")


def test_a_code_that_nobody_knows_is_shown_and_escaped(app: Flask) -> None:
    with app.test_request_context("/"):
        shown = render_template_string("{{ code | label('state') }}|{{ code | tone('state') }}", code="<b>brand_new")
    assert shown == "&lt;b&gt;brand new|neutral"


@pytest.mark.parametrize(
    ("query", "header", "lang"),
    [
        ("", "", "en"),
        ("", "fr-CA,fr;q=0.9,en;q=0.1", "fr"),
        ("", "de,fr;q=0.2", "fr"),
        ("?lang=en", "fr", "en"),
        ("?lang=<x>", "de", "en"),
        ("", "garbage;;;q=x", "en"),
    ],
)
def test_the_language_is_the_readers(app: Flask, query: str, header: str, lang: str) -> None:
    with app.test_request_context(f"/{query}", headers={"Accept-Language": header}):
        assert i18n.language() == lang


@pytest.mark.parametrize(
    ("days", "english", "french"),
    [
        (0, "today", "aujourd’hui"),
        (1, "tomorrow", "demain"),
        (-1, "yesterday", "hier"),
        (12, "in 12 days", "dans 12 jours"),
        (-45, "45 days ago", "il y a 45 jours"),
        (1095, "in 3 years", "dans 3 ans"),
    ],
)
def test_a_distance_is_told_in_either_language(app: Flask, days: int, english: str, french: str) -> None:
    for lang, words in (("en", english), ("fr", french)):
        with app.test_request_context(f"/?lang={lang}"):
            assert i18n.distance(TODAY + timedelta(days=days), TODAY) == words


def test_dates_and_numbers_are_the_locales(french: None) -> None:
    assert i18n.long_date("2026-12-04T09:00:00+00:00") == "4 décembre 2026"
    assert i18n.number(1234567) == "1\u202f234\u202f567"


def test_there_is_a_language_without_a_request() -> None:
    assert i18n.language() == "en"
    assert i18n.translate("fr", "Prospecting") == "Prospection"
    assert i18n.translate("fr", "") == ""
    assert i18n.translate("fr", "never seen") == "never seen"
