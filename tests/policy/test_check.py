"""`policy check`: nothing to say about the built-in text, and every planted defect found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from models.register import Vendor
from services.policy import check
from services.policy.language import language_of
from tests.contracts import CONTRACTS


def test_there_is_nothing_to_say_about_the_built_in_policy(folder: Path, vendor: Vendor) -> None:
    assert check(folder, vendor) == []


PLANTED = [
    ("13-rights.md", "## Complaint {#rights-complaint}", "## Complaint {#rights-lodge}", "clause-missing"),
    ("13-rights.md", "## Complaint", "### Complaint", "clause-level"),
    ("13-rights.md", "{{ limit.answer }}", "{{ limit.extension }}", "values-differ"),
    ("13-rights.md", "{{ limit.answer }}", "{{ limit.unknown }}", "unknown-placeholder"),
    ("13-rights.md", "https://www.cnil.fr/", "https://elsewhere.example/", "links-differ"),
    ("13-rights.md", "C71, ", "", "commitments-differ"),
    ("12-conduct.md", "Without it", "In 2 cases without it", "figures-differ"),
    ("08-configuration.md", "{{ period.configuration.mail }}", "4 years", "bare-period"),
    ("01-summary.md", "(#rights)", "(#)", "dead-link"),
    ("11-security.md", "title: Security", "title: Sécurité", "wrong-language"),
    (
        "11-security.md",
        "We protect your data by physical, electronic and organisational safeguards.",
        "Nous protégeons les données par des mesures physiques, électroniques et de procédure sur nos ordinateurs.",
        "wrong-language",
    ),
    ("07-accounting.md", "keep only the reference", "keep for ever only the reference", "unbounded"),
    ("02-about.md", "---\nid", "id", "front-matter"),
]


@pytest.mark.parametrize(("name", "old", "new", "rule"), PLANTED)
def test_a_planted_defect_is_found(folder: Path, vendor: Vendor, name: str, old: str, new: str, rule: str) -> None:
    path = folder / "en" / name
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new, 1))
    found = [finding for finding in check(folder, vendor) if finding["rule"] == rule]
    assert found
    assert any(finding["where"].partition(":")[0].endswith(name) for finding in found)


def test_clauses_in_another_order_are_found(folder: Path, vendor: Vendor) -> None:
    (folder / "en" / "02-about.md").rename(folder / "en" / "99-about.md")
    assert [finding["rule"] for finding in check(folder, vendor)] == ["clause-order"]


def test_a_commitment_without_clause_is_found(folder: Path, vendor: Vendor) -> None:
    for language in ("fr", "en"):
        path = folder / language / "15-changes.md"
        path.write_text(path.read_text().replace("commitments: C82\n", ""))
    found = {(finding["rule"], finding["severity"]) for finding in check(folder, vendor)}
    assert found == {("commitment-without-clause", "error"), ("clause-without-commitment", "warning")}


def test_the_published_policy_of_2018_shows_its_gravest_faults(tmp_path: Path, vendor: Vendor) -> None:
    seeds = CONTRACTS.parent / "seeds"
    if not seeds.exists():
        pytest.skip("the seeds are absent")
    for language in ("fr", "en"):
        shutil.copy(seeds / f"policy.{language}.txt", tmp_path / f"{language}.md")
    found = check(tmp_path, vendor)
    rules = {(finding["rule"], finding["lang"]) for finding in found}
    assert {("dead-link", "en"), ("wrong-language", "en"), ("unbounded", "en"), ("unbounded", "fr")} <= rules
    assert len(found) < 30


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("Nous gardons vos données pour la durée qui est dite dans ce tableau.", "fr"),
        ("We keep your data for the period that is given in this table.", "en"),
        ("Politique de confidentialité", None),
        ("Atlassian, PayPal, BNP Paribas, Google Analytics, Jira, Confluence, Forge, Connect", None),
    ],
)
def test_the_language_of_a_block(block: str, expected: str | None) -> None:
    assert language_of(block) == expected
