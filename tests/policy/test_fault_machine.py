"""Any mixture of lost replies, conflicts, limits, outages, foreign edits and kills ends in one right page a language.

500 runs: `FAIRTRIAL_FAULT_RUNS=500 python -m pytest tests/policy/test_fault_machine.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from models.policy import PolicyPage, PolicySnapshot, PolicyText, PolicyVersion
from sandbox.accounts import APP_USER
from services.policy import Outcome, Policy, publish
from services.policy.canonical import body_digest
from services.policy.target_page import target_page
from services.policy.versions import changes_of, latest
from tests.policy.conftest import Site

RUNS = int(os.environ.get("FAIRTRIAL_FAULT_RUNS", "8"))
PAGES = "/wiki/api/v2/pages"
STRANGER = "712020:stranger"
FAULTS = ["drop-before", "drop-after", "409", "429", "429-bare", "500", "502", "503", "504", "truncate"]
CALLS = ["GET /wiki/api/v2/spaces", f"GET {PAGES}", f"POST {PAGES}", f"PUT {PAGES}", "POST /wiki/rest/api/content"]
STEPS = st.one_of(
    st.tuples(st.just("fault"), st.sampled_from(CALLS), st.sampled_from(FAULTS), st.integers(0, 2)),
    st.tuples(st.just("fault"), st.sampled_from([f"PUT {PAGES}", f"GET {PAGES}"]), st.just("foreign-edit"), st.just(0)),
    st.tuples(st.just("timeout"), st.sampled_from([f"POST {PAGES}", f"PUT {PAGES}"])),
    st.tuples(st.just("kill"), st.integers(1, 9)),
    st.tuples(st.just("edit"), st.integers(0, 1)),
    st.tuples(st.just("publish"), st.integers(0, 2)),
)


class KilledError(BaseException):
    """The process is gone: nothing after this point happens, no `except Exception` sees it."""


class Machine:
    """A site, three texts, and what has befallen it so far."""

    def __init__(self, site: Site, texts: list[Policy]) -> None:
        self.site = site
        self.texts = texts
        self.current = 0
        self.lives = 0
        # The journal is bounded: what it counts would shrink as older entries leave it.
        site.sandbox.world.journal.clear()
        site.sandbox.world.faults.clear()
        for page in site.pages():
            del site.sandbox.world.wiki.pages[page.page_id]
        with site.database.write() as session:
            for table in (PolicySnapshot, PolicyPage, PolicyText, PolicyVersion):
                session.execute(delete(table))

    def step(self, order: tuple[str, ...]) -> None:
        match order:
            case ("fault", call, kind, skip):
                self.site.fault(call, kind, skip=skip, retry_after=7 if kind == "429" else None)
            case ("timeout", call):
                # Longer than the client waits; the request is applied all the same.
                self.site.fault(call, "slow", seconds=1.3)
            case ("kill", after):
                self.lives = int(after)
            case ("edit", which):
                pages = self.site.pages()
                if len(pages) > int(which):
                    self.site.sandbox.world.wiki.foreign_edit(f"{PAGES}/{pages[int(which)].page_id}", STRANGER)
            case ("publish", which):
                self.current = int(which)
                self.publish()

    def publish(self) -> set[Outcome]:
        try:
            results = publish(
                self.site.database.write,
                self.site.confluence,
                self.texts[self.current],
                self.site.target,
                clock=self.clock,
                sleep=lambda seconds: None,
            )
        except KilledError:
            return set()
        return {result.outcome for result in results}

    def clock(self):  # type: ignore[no-untyped-def]
        """The time; a process that has a number of looks at it left is killed at the last one."""
        if self.lives:
            self.lives -= 1
            if not self.lives:
                raise KilledError
        return self.site.now

    def calm_down(self) -> None:
        self.site.sandbox.world.faults.clear()
        self.lives = 0
        for _ in range(6):
            self.site.now += timedelta(hours=1)
            if self.publish() == {Outcome.UNCHANGED}:
                return
        raise AssertionError("it does not come to rest")


@pytest.fixture
def texts(single: Callable[[str, str], Policy]) -> list[Policy]:
    return [
        single(f"# Règles\n\n## Une {{#one}}\n\n{word}\n", f"# Rules\n\n## One {{#one}}\n\n{word}\n")
        for word in ("alpha", "beta", "gamma")
    ]


@pytest.fixture
def quick(site: Site) -> Site:
    """The site, with a client that waits for one second."""
    site.confluence._gateway._client.timeout = 1
    return site


@pytest.mark.timeout(120 + 6 * RUNS)
def test_it_always_ends_in_one_right_page_a_language(quick: Site, texts: list[Policy]) -> None:
    @settings(max_examples=RUNS, deadline=None, suppress_health_check=list(HealthCheck), derandomize=RUNS < 100)
    @given(st.lists(STEPS, min_size=2, max_size=9))
    def run(orders: list[tuple[str, ...]]) -> None:
        machine = Machine(quick, texts)
        for order in orders:
            machine.step(order)
        machine.calm_down()
        _one_right_page_a_language(machine)
        _no_foreign_edit_is_lost(machine)
        written = quick.writes()
        assert machine.publish() == {Outcome.UNCHANGED}
        assert quick.writes() == written

    run()


def _one_right_page_a_language(machine: Machine) -> None:
    site = machine.site
    assert len(site.pages()) == 2
    with site.database.read() as session:
        edition = latest(session)
        assert edition is not None
        changed = changes_of(session, edition, machine.texts[machine.current])
    for lang in ("fr", "en"):
        page = site.page(lang)
        due = target_page(machine.texts[machine.current], lang, edition, site.target, changed[lang])
        assert page.status == "current"
        assert (page.title, body_digest(page.head.body)) == (due.title, due.body_digest)
        assert set(page.labels) >= {"alkaes-policy", "privacy-policy"}


def _no_foreign_edit_is_lost(machine: Machine) -> None:
    """Every version of a stranger that we wrote over is in a snapshot, with its author."""
    site = machine.site
    app = site.sandbox.world.account(APP_USER).account_id
    with site.database.read() as session:
        kept = {(one.page_id, one.page_version): one for one in session.scalars(select(PolicySnapshot))}
    for page in site.pages():
        for version, following in pairwise(page.versions):
            if version.author == STRANGER and following.author == app:
                snapshot = kept[page.page_id, version.number]
                assert snapshot.author == STRANGER
                assert body_digest(snapshot.body) == body_digest(version.body)
                assert "Someone was here." in snapshot.diff
