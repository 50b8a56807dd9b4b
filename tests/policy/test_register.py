"""The register: every category has a name, a period and a purpose; every figure is bounded and bilingual."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime

import pytest

from models.register import CATEGORIES, PERIODS, PURPOSES, RECIPIENTS, Category, Duration, Words
from models.register.words import by_id


@pytest.mark.parametrize(
    ("iso", "french", "english"),
    [
        ("P3Y", "3 ans", "3 years"),
        ("P1Y", "1 an", "1 year"),
        ("P12M", "12 mois", "12 months"),
        ("P10D", "10 jours", "10 days"),
        ("PT1H", "1 heure", "1 hour"),
        ("P0D", "0 jour", "0 days"),
    ],
)
def test_a_duration_reads_in_both_languages(iso: str, french: str, english: str) -> None:
    duration = Duration.parse(iso)
    assert (duration.words("fr"), duration.words("en"), duration.iso) == (french, english, iso)


@pytest.mark.parametrize("text", ["", "P", "P1Y6M", "3 years", "P-1Y", "PT", "P1H", "indefinitely"])
def test_what_has_no_end_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("iso", "start", "end"),
    [
        ("P1M", datetime(2027, 1, 31, tzinfo=UTC), datetime(2027, 2, 28, tzinfo=UTC)),
        ("P1Y", datetime(2028, 2, 29, tzinfo=UTC), datetime(2029, 2, 28, tzinfo=UTC)),
        ("P3Y", datetime(2026, 12, 5, tzinfo=UTC), datetime(2029, 12, 5, tzinfo=UTC)),
        ("P4D", datetime(2026, 2, 26, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)),
        ("PT72H", datetime(2026, 2, 26, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_duration_follows_the_calendar(iso: str, start: datetime, end: datetime) -> None:
    assert Duration.parse(iso).after(start) == end


@pytest.mark.parametrize(
    ("rule", "french", "english"),
    [
        ("identification.prospect", "3 ans", "3 years"),
        ("identification.client", "10 ans", "10 years"),
        ("authentication.access_log", "de 4 à 10 jours", "4 to 10 days"),
        ("visits.recent_pages", "au plus 1 heure", "at most 1 hour"),
        ("correspondence.fax", "aucun délai", "no delay"),
        ("accounting.payment", "10 ans", "10 years"),
    ],
)
def test_invariant_15_the_published_figures_are_kept(rule: str, french: str, english: str) -> None:
    assert (PERIODS[rule].span("fr"), PERIODS[rule].span("en")) == (french, english)


def test_a_ceiling_below_the_floor_and_an_unknown_commitment_are_refused() -> None:
    rule = PERIODS["identification.prospect"]
    with pytest.raises(ValueError, match="below the floor"):
        replace(rule, ceiling=Duration.parse("P2Y"))
    with pytest.raises(ValueError, match="unknown commitment"):
        replace(rule, commitments=("C99",))


def test_every_category_has_a_name_a_period_and_a_purpose() -> None:
    assert set(CATEGORIES) == set(Category)
    assert {period.category for period in PERIODS.values()} == set(Category)
    assert {category for purpose in PURPOSES.values() for category in purpose.categories} == set(Category)


def test_messages_that_need_consent_have_no_other_basis() -> None:
    by_consent = {purpose.id for purpose in PURPOSES.values() if purpose.by_consent_only}
    assert by_consent == {"news", "survey", "tracking", "analytics"}


def test_google_is_off_and_the_named_recipients_have_a_policy() -> None:
    assert [one.id for one in RECIPIENTS.values() if not one.on] == ["google_analytics"]
    assert {one.id for one in RECIPIENTS.values() if one.policy} == {
        "atlassian",
        "paypal",
        "bnp_paribas",
        "google_analytics",
    }


def test_nothing_in_it_can_be_changed_doubled_or_left_untranslated() -> None:
    with pytest.raises(FrozenInstanceError):
        PERIODS["identification.prospect"].id = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        PERIODS["x"] = PERIODS["identification.prospect"]  # type: ignore[index]
    with pytest.raises(ValueError, match="twice"):
        by_id([PERIODS["identification.prospect"]] * 2)
    with pytest.raises(ValueError, match="missing"):
        Words("oui", " ")
