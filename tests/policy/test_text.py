"""Reading Markdown and putting the register's values in: what is wrong is named with file and line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models.register import LANGUAGES, LIMITS, PERIODS, RECIPIENTS, REGISTER, Duration, Vendor
from services.policy import Policy, PolicyError, load, render
from services.policy.values import PLACEHOLDER


def test_every_period_and_recipient_of_the_register_stands_in_both_languages(text: Policy) -> None:
    for language in LANGUAGES:
        shown = render(text, language, "text")
        for period in PERIODS.values():
            assert period.what.in_(language) in shown
            assert period.rule(language) in shown
        for recipient in RECIPIENTS.values():
            assert recipient.what.in_(language) in shown
        for limit in LIMITS.values():
            assert limit.words(language) in shown


def test_no_placeholder_is_left_and_the_vendor_is_named_as_it_is(text: Policy, vendor: Vendor) -> None:
    for language in LANGUAGES:
        shown = render(text, language, "text")
        assert not PLACEHOLDER.search(shown)
        assert f"{vendor.name}, {vendor.address}" in shown
        assert vendor.contact_email in shown


def test_a_changed_figure_changes_the_text_and_the_digest(text: Policy, folder: Path, vendor: Vendor) -> None:
    longer = replace(PERIODS["identification.prospect"], ceiling=Duration.parse("P5Y"), floor=Duration.parse("P5Y"))
    other = load(folder, replace(REGISTER, periods={**PERIODS, longer.id: longer}), vendor)
    assert other.digest != text.digest
    assert "5 ans après son dernier contact" in render(other, "fr", "text")
    assert load(folder, REGISTER, vendor).digest == text.digest


def spoil(folder: Path, old: str, new: str, name: str = "en/13-rights.md") -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("- **Access.**", "- {{ period.of.nothing }}", "unknown-placeholder", 6),
        ("{{ limit.answer }}", "{{ table.periods }}", "unknown-placeholder", 17),
        ("{#rights-how}", "{#Rights How}", "bad-id", 15),
        ("{#rights-how}", "{#rights}", "duplicate-id", 17),
        ("title: Your rights", "heading: Your rights", "front-matter", 3),
        ("title: Your rights\n", "", "front-matter", 1),
        ("---\nid", "id", "front-matter", 1),
        ("C71,", "C7x,", "front-matter", 1),
        ("## How", "# How", "top-heading", 17),
    ],
)
def test_what_is_broken_is_named_with_file_and_line(
    folder: Path, vendor: Vendor, old: str, new: str, rule: str, line: int
) -> None:
    spoil(folder, old, new)
    with pytest.raises(PolicyError) as error:
        load(folder, REGISTER, vendor)
    assert (error.value.rule, error.value.file, error.value.line) == (rule, "en/13-rights.md", line)
    assert str(error.value).startswith(f"en/13-rights.md:{line}: ")


def test_a_file_that_is_not_utf8_or_too_large_is_refused(folder: Path, vendor: Vendor) -> None:
    path = folder / "fr" / "15-changes.md"
    good = path.read_bytes()
    path.write_bytes(good + "\n\nété".encode("latin-1"))
    with pytest.raises(PolicyError, match=r"fr/15-changes\.md:\d+: not UTF-8"):
        load(folder, REGISTER, vendor)
    path.write_bytes(good + b"x" * 5_000_000)
    with pytest.raises(PolicyError, match="larger than"):
        load(folder, REGISTER, vendor)


def test_a_missing_language_is_an_error(folder: Path, vendor: Vendor) -> None:
    for path in (folder / "en").glob("*.md"):
        path.unlink()
    with pytest.raises(PolicyError, match=r"no en/\*\.md and no en\.md"):
        load(folder, REGISTER, vendor)


def test_a_vendor_may_give_one_document_a_language(single: Callable[[str, str], Policy]) -> None:
    policy = single(
        "# De {{ vendor.name }}\n\nAh.\n\n## Durées\n\n{{ period.identification.prospect }}\n\n### Détail\n\nx",
        "# Rules\n\nOh.\n\n## Periods\n\n3 years\n\n```\n## no heading\n```\n\n### Detail\n\nx",
    )
    assert [one.id for one in policy.clauses["fr"]] == ["preamble-1", "section-1", "section-1.1"]
    assert [one.id for one in policy.clauses["en"]] == [one.id for one in policy.clauses["fr"]]
    assert policy.titles["fr"].startswith("De Dupont & Fils")
    assert "3 ans" in policy.clauses["fr"][1].markdown


def test_a_vendors_name_cannot_bring_in_markup(folder: Path) -> None:
    evil = Vendor("[x](javascript:alert(1)) <script> | `a` **b** {{ vendor.email }}", "a@b.example", "# 1) x")
    policy = load(folder, REGISTER, evil)
    for form in ("html", "storage"):
        shown = render(policy, "en", form)
        assert "<script" not in shown
        assert 'href="javascript' not in shown
        assert "<strong>b</strong>" not in shown
    assert evil.name in render(policy, "en", "text")
