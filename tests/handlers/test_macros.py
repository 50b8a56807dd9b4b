"""Macros: what a customer's page in Confluence shows of our policy, and who may fetch it."""

from __future__ import annotations

import re

import pytest
from defusedxml.ElementTree import fromstring

from handlers import publishing
from services import policy
from tests.handlers.edge import BASE_URL, Edge
from tests.handlers.faces import Page

WRAP = '<x xmlns:ac="urn:ac" xmlns:ri="urn:ri">{}</x>'


@pytest.mark.parametrize(("lang", "words"), [("fr", "Vos droits"), ("en", "Your rights"), ("{lang}", "Your rights")])
def test_the_policy_macro_is_storage_that_leads_to_the_public_page(edge: Edge, lang: str, words: str) -> None:
    answer = edge.page(f"/macros/privacy-policy?lang={lang}")
    assert answer.status_code == 200
    root = fromstring(WRAP.format(answer.text))
    assert words in answer.text
    assert "alkaes-policy-" not in answer.text
    targets = [link.get("href") for link in root.iter("a")]
    assert targets
    assert all(re.match(r"https?://|mailto:", target) for target in targets)
    assert not [one for one in root.iter() if set(one.attrib) - {"href", "start"}]


def test_it_shows_the_version_in_force(edge: Edge) -> None:
    parts = edge.app.extensions["fairtrial"]
    with parts.database.write() as session:
        policy.record(session, publishing.load(parts), parts.clock())
    assert "Version 1, in force since" in edge.page("/macros/privacy-policy?lang=en").text


def test_the_choices_macro_leads_to_choices_and_rights(edge: Edge) -> None:
    answer = edge.page("/macros/privacy-choices?lang=fr").text
    fromstring(WRAP.format(answer))
    assert f"{BASE_URL}/policy/fr#choices" in answer
    assert f"{BASE_URL}/policy/fr#rights" in answer
    assert f"{BASE_URL}/privacy/request?lang=fr" in answer


@pytest.mark.parametrize("name", ["privacy-policy", "privacy-choices"])
def test_only_the_host_fetches_a_macro(edge: Edge, name: str) -> None:
    assert edge.client.get(f"/macros/{name}?lang=fr").status_code == 401


@pytest.mark.parametrize(("lang", "words"), [("fr", "Version 1"), ("en", "version 1")])
def test_the_space_tells_where_the_policy_stands(edge: Edge, lang: str, words: str) -> None:
    nothing = Page(edge.page(f"/confluence/policy?lang={lang}").text)
    assert nothing.faults == [] and "1" not in nothing.text
    parts = edge.app.extensions["fairtrial"]
    with parts.database.write() as session:
        policy.record(session, publishing.load(parts), parts.clock(), author="olivia")
    answer = edge.page(f"/confluence/policy?lang={lang}")
    page = Page(answer.text)
    assert (answer.status_code, page.faults, page.lang) == (200, [], lang)
    assert words.casefold() in page.text.casefold() and "olivia" not in answer.text
    assert f"/policy/{lang}/versions/1" in answer.text
    assert "frame-ancestors 'none'" not in answer.headers["Content-Security-Policy"], "Confluence shows it in a frame"
    assert edge.client.get("/confluence/policy").status_code == 401
