"""Publishing to a Confluence that may fail at any point: one page a language, nothing lost, nothing written twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.policy import PolicyPage, PolicySnapshot
from services.policy import Outcome, Policy, editions, plan, publish
from services.policy.canonical import body_digest
from services.policy.pages import take
from tests.policy.conftest import APP_URL, Site

PAGES = "/wiki/api/v2/pages"
Single = Callable[[str, str], Policy]


@pytest.fixture
def changed(single: Single) -> Policy:
    """A short policy; `short` below is the same with one clause another."""
    return single("# Règles\n\n## Une {#one}\n\nAprès.\n", "# Rules\n\n## One {#one}\n\nAfter.\n")


@pytest.fixture
def short(single: Single, changed: Policy) -> Policy:
    return single("# Règles\n\n## Une {#one}\n\nAvant.\n", "# Rules\n\n## One {#one}\n\nBefore.\n")


def outcomes(results: dict) -> set[Outcome]:  # type: ignore[type-arg]
    return {result.outcome for result in results.values()}


def test_two_pages_are_made_and_a_second_run_writes_nothing(site: Site, text: Policy) -> None:
    assert outcomes(site.publish(text)) == {Outcome.PUBLISHED}
    written = site.writes()

    again = site.publish(text)

    assert outcomes(again) == {Outcome.UNCHANGED}
    assert all(result.verified for result in again.values())
    assert site.writes() == written
    assert [page.head.number for page in site.pages()] == [1, 1]


def test_the_pages_are_marked_labelled_and_linked_to_each_other_and_to_us(site: Site, text: Policy) -> None:
    site.publish(text)
    page = site.page("fr")
    assert page.head.body.index("alkaes-policy-") < page.head.body.index("toc")
    assert set(page.labels) == {"alkaes-policy", "privacy-policy"}
    held = page.property_by_key("alkaes.policy")
    assert held is not None
    assert held.value["revision"] == 1
    assert site.page("en").title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in page.head.body
    assert f"{APP_URL}/policy/fr/changes" in page.head.body


def test_a_changed_clause_makes_version_2_on_the_same_page(site: Site, short: Policy, changed: Policy) -> None:
    first = site.publish(short)
    second = site.publish(changed)
    assert outcomes(second) == {Outcome.PUBLISHED}
    assert {one.page_id for one in first.values()} == {one.page_id for one in second.values()}
    assert [(one.policy_version, one.page_version) for one in second.values()] == [(2, 2), (2, 2)]
    assert site.page("en").head.message.startswith("[ap1:")
    assert "After." in site.page("en").head.body


@pytest.mark.parametrize("kind", ["drop-after", "drop-before", "502"])
def test_an_unanswered_creation_makes_no_second_page(site: Site, short: Policy, kind: str) -> None:
    site.fault(f"POST {PAGES}", kind)
    assert outcomes(site.publish(short)) == {Outcome.PUBLISHED}
    assert sorted(page.head.number for page in site.pages()) == [1, 1]
    assert outcomes(site.publish(short)) == {Outcome.UNCHANGED}


@pytest.mark.parametrize("kind", ["drop-after", "drop-before", "409", "503"])
def test_an_unanswered_or_refused_update_is_applied_once(site: Site, short: Policy, changed: Policy, kind: str) -> None:
    site.publish(short)
    site.fault(f"PUT {PAGES}", kind)
    assert outcomes(site.publish(changed)) == {Outcome.PUBLISHED}
    assert [page.head.number for page in site.pages()] == [2, 2]
    assert outcomes(site.publish(changed)) == {Outcome.UNCHANGED}


@pytest.mark.parametrize(("kind", "wait"), [("429", 30), ("429-bare", None)])
def test_a_rate_limit_is_left_for_later(site: Site, short: Policy, kind: str, wait: int | None) -> None:
    site.fault(f"POST {PAGES}", kind, retry_after=wait)
    results = site.publish(short)
    assert (results["fr"].outcome, results["fr"].retry_after) == (Outcome.RETRY_LATER, wait)
    # A quota is everybody's, so the other language waits too; a bare 429 is for the one call.
    assert results["en"].outcome is (Outcome.RETRY_LATER if wait else Outcome.PUBLISHED)
    assert site.publish(short)["fr"].outcome is (Outcome.RETRY_LATER if wait else Outcome.PUBLISHED)

    site.now += timedelta(seconds=31)
    site.publish(short)
    assert len(site.pages()) == 2


def test_a_foreign_edit_is_kept_and_then_undone(site: Site, short: Policy) -> None:
    site.publish(short)
    page = site.page("fr")
    site.sandbox.world.wiki.foreign_edit(f"{PAGES}/{page.page_id}", "712020:stranger")

    result = site.publish(short)["fr"]

    assert (result.outcome, result.foreign_edits, result.page_version) == (Outcome.PUBLISHED, 1, 3)
    assert "Someone was here" not in page.head.body
    with site.database.read() as session:
        kept = session.scalars(select(PolicySnapshot)).one()
        assert (kept.author, kept.page_version) == ("712020:stranger", 2)
        assert "Someone was here" in kept.body


def test_an_edit_that_comes_between_reading_and_writing_is_not_lost(site: Site, short: Policy, changed: Policy) -> None:
    site.publish(short)
    site.fault(f"PUT {PAGES}", "foreign-edit")
    results = site.publish(changed)
    assert outcomes(results) == {Outcome.PUBLISHED}
    assert sum(result.foreign_edits for result in results.values()) == 1
    with site.database.read() as session:
        assert "Someone was here" in session.scalars(select(PolicySnapshot)).one().body


def test_after_the_loss_of_the_database_our_pages_are_found_again(site: Site, short: Policy) -> None:
    site.publish(short)
    with site.database.write() as session:
        session.query(PolicyPage).delete()
    written = site.writes()
    assert outcomes(site.publish(short)) == {Outcome.UNCHANGED}
    assert site.writes() == written
    assert len(site.pages()) == 2


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("current", Outcome.BLOCKED_TITLE), ("archived", Outcome.BLOCKED_ARCHIVED), ("trashed", Outcome.PUBLISHED)],
)
def test_a_page_of_somebody_else_with_our_title_is_left_alone(
    site: Site, short: Policy, status: str, outcome: Outcome
) -> None:
    wiki = site.sandbox.world.wiki
    space = wiki.space("LEGAL")
    assert space is not None
    theirs = wiki.create(space.space_id, "RULES", "<p>Ours, not yours.</p>", None, "712020:stranger")
    theirs.status = status
    assert site.publish(short)["en"].outcome is outcome
    assert (theirs.head.number, theirs.head.body) == (1, "<p>Ours, not yours.</p>")


def test_our_page_comes_back_from_the_bin_and_an_archived_one_waits_for_a_person(site: Site, short: Policy) -> None:
    site.publish(short)
    site.page("fr").status, site.page("en").status = "trashed", "archived"
    results = site.publish(short)
    assert (results["fr"].outcome, results["en"].outcome) == (Outcome.PUBLISHED, Outcome.BLOCKED_ARCHIVED)
    assert site.page("fr").status == "current"
    assert len(site.pages()) == 2


def test_an_unknown_space_and_a_refusal_are_not_taken_for_an_empty_one(site: Site, short: Policy) -> None:
    site.fault("GET /wiki/api/v2/spaces", "403", times=2)
    assert outcomes(site.publish(short)) == {Outcome.BLOCKED_SPACE}
    site.fault("GET /wiki/api/v2/spaces", "500", times=2)
    assert outcomes(site.publish(short)) == {Outcome.RETRY_LATER}
    assert site.writes() == 0


def test_a_crash_leaves_a_lease_that_runs_out(site: Site, short: Policy) -> None:
    take(
        site.database.write,
        client_key=site.target.client_key,
        space_key="LEGAL",
        lang="fr",
        intended_digest="0" * 64,
        policy_version=1,
        lease=timedelta(seconds=60),
        now=site.now,
    )
    assert site.publish(short)["fr"].outcome is Outcome.RETRY_LATER
    site.now += timedelta(seconds=61)
    assert site.publish(short)["fr"].outcome is Outcome.PUBLISHED


def test_a_plan_writes_nothing(site: Site, short: Policy, changed: Policy) -> None:
    def planned(policy: Policy) -> set[Outcome]:
        with site.database.read() as session:
            results = plan(session, site.confluence, policy, site.target, now=site.now)
        return {result.outcome for result in results}

    assert planned(short) == {Outcome.PENDING}
    assert site.writes() == 0
    site.publish(short)
    assert (planned(short), planned(changed)) == ({Outcome.UNCHANGED}, {Outcome.PENDING})


def test_what_confluence_gives_back_is_what_it_was_given(site: Site, text: Policy, short: Policy) -> None:
    results = site.publish(text)
    assert all(result.verified for result in results.values())
    with site.database.read() as session:
        rows = {row.lang: row for row in session.scalars(select(PolicyPage))}
        assert body_digest(site.page("fr").head.body) == rows["fr"].body_digest
        assert {row.state for row in rows.values()} == {"published"}


def test_the_page_itself_says_what_changed(site: Site, short: Policy, changed: Policy) -> None:
    site.publish(short)
    assert "What changed" not in site.page("en").head.body
    site.publish(changed)
    english, french = site.page("en").head.body, site.page("fr").head.body
    assert "What changed in version 2" in english
    assert "<strong>Clause changed: One</strong>" in english
    assert "<em>Before</em>: Before." in english
    assert "<em>After</em>: After." in english
    assert "Ce qui change dans la version 2" in french
    assert "Avant." in french and "Après." in french


def test_only_a_version_after_the_first_is_announced_and_once(site: Site, short: Policy, changed: Policy) -> None:
    told: list[tuple[int, bool, str | None]] = []
    for policy in (short, short, changed, changed):
        publish(
            site.database.write,
            site.confluence,
            policy,
            site.target,
            clock=lambda: site.now,
            author="712020:officer",
            announce=lambda session, edition: told.append((edition.number, edition.material, edition.author)),
        )
    [(number, material, author)] = told
    assert (number, material) == (2, True)
    assert str(author).startswith("acc_")
    with site.database.read() as session:
        assert [one.author for one in editions(session)] == [author, author]


def test_a_held_page_is_left_to_a_person_who_may_then_restore_it(site: Site, short: Policy, changed: Policy) -> None:
    site.publish(short)
    page = site.page("fr")
    site.sandbox.world.wiki.foreign_edit(f"{PAGES}/{page.page_id}", "712020:stranger")
    restoring, site.target = site.target, replace(site.target, hold=True)

    results = site.publish(changed)

    assert (results["fr"].outcome, results["en"].outcome) == (Outcome.HELD, Outcome.PUBLISHED)
    assert "Someone was here." in page.head.body
    with site.database.read() as session:
        kept = session.scalars(select(PolicySnapshot)).one()
        assert "+Someone was here." in kept.diff
    site.target = restoring
    assert site.publish(changed)["fr"].outcome is Outcome.PUBLISHED
    assert "Someone was here." not in page.head.body


def test_a_page_that_strangers_cannot_see_is_told_as_such(site: Site, short: Policy) -> None:
    assert all(result.public for result in site.publish(short).values())
    for page in site.pages():
        page.restrictions["read"] = {"user": [{"accountId": "712020:officer"}], "group": []}
    results = site.publish(short)
    assert {(result.public, result.reason) for result in results.values()} == {(False, "not-public")}
    with site.database.read() as session:
        assert {row.state for row in session.scalars(select(PolicyPage))} == {"unverified"}


def test_a_plan_shows_what_a_reader_would_see_change(site: Site, short: Policy, changed: Policy) -> None:
    site.publish(short)
    with site.database.read() as session:
        french, english = plan(session, site.confluence, changed, site.target, now=site.now)
    assert "-Before." in english.difference and "+After." in english.difference
    assert "+Après." in french.difference


def test_the_width_of_the_page_is_set_once(site: Site, short: Policy) -> None:
    site.publish(short)
    held = site.page("en").property_by_key("content-appearance-published")
    assert held is not None
    assert (held.value, held.number) == ("default", 1)
