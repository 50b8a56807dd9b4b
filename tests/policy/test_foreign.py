"""`policy check` on a vendor's own texts, without ids or placeholders, Markdown or plain: what was planted is found."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from models.register import LANGUAGES, REGISTER, Vendor
from services.policy import Finding, check, load, render
from tests.contracts import CONTRACTS
from tests.policy.conftest import BUILT_IN

SEEDS = CONTRACTS.parent / "seeds"
Foreign = Callable[..., Path]


@pytest.fixture(params=["md", "txt"])
def foreign(request: pytest.FixtureRequest, tmp_path: Path, vendor: Vendor) -> Foreign:
    """The built-in policy as somebody else might have it: one document a language with the figures written out."""
    text = load(BUILT_IN, REGISTER, vendor)
    documents = {language: render(text, language, "text") for language in LANGUAGES}
    if request.param == "md":
        for language in LANGUAGES:
            clauses = [
                f"{'#' * one.level} {one.title}\n\n" + re.sub(r"\[([^\]]*)\]\(#[^)]*\)", r"\1", one.markdown)
                for one in text.clauses[language]
            ]
            documents[language] = "\n\n".join([f"# {text.titles[language]}", *clauses])

    def write(lang: str = "", old: str = "", new: str = "") -> Path:
        for language in LANGUAGES:
            content = documents[language]
            if language == lang:
                changed = re.sub(old, new, content, count=1, flags=re.DOTALL)
                assert changed != content
                content = changed
            (tmp_path / f"privacy-policy.{language}.{request.param}").write_text(content)
        return tmp_path

    return write


def errors(folder: Path, vendor: Vendor) -> list[Finding]:
    return [found for found in check(folder, vendor) if found["severity"] == "error"]


def test_a_text_without_ids_or_placeholders_raises_no_alarm(foreign: Foreign, vendor: Vendor) -> None:
    assert [found["rule"] for found in check(foreign(), vendor)] == ["no-commitments"]


HEADING = r"(?:\n#+ )?\n(?:#+ )?{}\n(?:[.-]+\n)?"
DEFECTS = [
    ("en", HEADING.format("Fax"), "\n", "heading-missing", "en"),
    ("fr", HEADING.format("Journaux techniques"), "\n", "heading-missing", "fr"),
    ("en", r"\n(?:#+ )?Joint venture, sale or merger\n.*?go with it\.\n", "\n", "clause-missing", "en"),
    ("en", "We protect your data by physical, electronic and organisational safeguards.",
     "Nous protégeons vos données par des mesures physiques, électroniques et de procédure.", "wrong-language", "en"),
    ("fr", "Nos sites retiennent", "We keep for a while the list of the pages that you have seen. Nos sites retiennent",
     "wrong-language", "fr"),
    ("en", r"(\n(?:#+ )?)Your rights\n", r"\1Vos droits\n", "wrong-language", "en"),
    ("fr", r"(\n(?:#+ )?)Vos choix\n", r"\1Your choices\n", "wrong-language", "fr"),
    ("en", "is kept for 3 years after", "is kept for 5 years after", "figures-differ", "en"),
    ("en", "is kept for 3 years after", "is kept for 5 years after", "period-differs", "en"),
    ("fr", "gardées 3 ans après", "gardées 3 mois après", "figures-differ", "en"),
    ("en", "If you pay online", "We keep your card indefinitely. If you pay online", "unbounded", "en"),
    ("fr", "Si vous payez en ligne", "Durée illimitée. Si vous payez en ligne", "unbounded", "fr"),
    ("en", "Your data is on our computers", "[Contact](#) Your data is on our computers", "dead-link", "en"),
    ("fr", r"\Z", "\n\nCréé par Jean, dernière modification le 3 mai 2020\n", "page-chrome", "fr"),
    ("en", r"\Z", "\n\n- No labels\n", "page-chrome", "en"),
    ("en", "The identification data of a client", "The credentials of a client", "mistranslation", "en"),
    ("en", r"(\n(?:#+ )?)Telephone\n(?:\.+\n)?",
     r"\n\n- In short\n- Your data\n- Fax\n- E-mail\n- Security\n\1Telephone\n\n",
     "contents-misplaced", "en"),
    ("en", "through PayPal|through \\[PayPal\\]\\([^)]*\\)", "through Stripe", "recipients-differ", "en"),
]  # fmt: skip


@pytest.mark.parametrize(("lang", "old", "new", "rule", "said_of"), DEFECTS)
def test_a_planted_defect_is_found_and_no_other(
    foreign: Foreign, vendor: Vendor, lang: str, old: str, new: str, rule: str, said_of: str
) -> None:
    found = errors(foreign(lang, old, new), vendor)
    assert (rule, said_of) in {(one["rule"], one["lang"]) for one in found}
    assert len(found) <= 3, found


def test_clauses_that_stand_elsewhere_are_found(foreign: Foreign, vendor: Vendor) -> None:
    moved = r"(\n(?:#+ )?Security\n.*?)(\n(?:#+ )?Minors and abusive behaviour\n.*?)(\n(?:#+ )?Your rights\n)"
    rules = {found["rule"] for found in errors(foreign("en", moved, r"\2\1\3"), vendor)}
    assert "clause-order" in rules


@pytest.mark.skipif(not SEEDS.exists(), reason="the seeds are absent")
@pytest.mark.parametrize("name", ["policy.{}.txt", "{}.md", "{}/policy.md"])
def test_the_published_policy_of_2018_shows_its_faults(tmp_path: Path, vendor: Vendor, name: str) -> None:
    for language in LANGUAGES:
        path = tmp_path / name.format(language)
        path.parent.mkdir(exist_ok=True)
        shutil.copy(SEEDS / f"policy.{language}.txt", path)
    found = errors(tmp_path, vendor)

    def lines(rule: str, lang: str) -> list[int]:
        return [int(one["where"].rpartition(":")[2]) for one in found if (one["rule"], one["lang"]) == (rule, lang)]

    assert lines("wrong-language", "en") == [179, 181]
    assert lines("heading-missing", "fr") == [34]
    assert lines("contents-misplaced", "en") == [49]
    assert lines("dead-link", "en") == [19, 49, 141, 210]
    assert (lines("unbounded", "fr"), lines("unbounded", "en")) == ([56], [141])
    assert lines("page-chrome", "fr") == [98]
    assert lines("mistranslation", "en") == [171, 173]
    assert {one["rule"] for one in found} == {
        *("wrong-language", "heading-missing", "contents-misplaced", "dead-link"),
        *("unbounded", "page-chrome", "mistranslation"),
    }
    told = [one["message"] for one in found]
    assert any("'Email'" in message for message in told)
    assert any("'credentials' for" in message for message in told)
    assert sum("against 10 years" in message for message in told) == 2
