"""Who belongs together, on link facts alone: by keys, never by what strangers share, and as staff have decided."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.marketplace.companies import root_of
from services.marketplace.linking import Decided, group

Facts = Mapping[str, Any]


def licence(name: str, **facts: Any) -> tuple[str, Facts]:
    return name, {"ids": [name], **facts}


def evaluated(name: str, email: str, **facts: Any) -> tuple[str, Facts]:
    domain = email.rpartition("@")[2]
    return licence(name, evaluators=[[f"box:{email}", domain]], domains=[domain], **facts)


def grouped(licences: Iterable[tuple[str, Facts]], decided: Decided | None = None) -> set[frozenset[str]]:
    rows = list(licences)
    groups = group(lambda: rows, decided)
    found: dict[str, set[str]] = {}
    for position, (name, _) in enumerate(rows):
        found.setdefault(groups.organisation_id(position), set()).add(name)
    return {frozenset(names) for names in found.values()}


def test_each_strong_key_links() -> None:
    assert grouped([licence("a", clouds=["c1"]), licence("b", clouds=["c1"])]) == {frozenset("ab")}
    assert grouped([licence("a", hosts=["h1"]), licence("b", hosts=["h1"])]) == {frozenset("ab")}
    assert grouped([licence("a", refers=["b"]), licence("b")]) == {frozenset("ab")}
    assert grouped([licence("SEN-1"), licence("b", refers=["1"])]) == {frozenset(["SEN-1", "b"])}


def test_colleagues_are_of_one_organisation() -> None:
    assert grouped([evaluated("a", "x@lilas.example"), evaluated("b", "y@lilas.example")]) == {frozenset("ab")}


def test_a_partner_links_nobody() -> None:
    partner = {"partners": ["box:p@reseller.example"], "partner_domains": ["reseller.example"]}
    rows = [
        evaluated("a", "p@reseller.example", payer_domains=["lilas.example"], **partner),
        evaluated("b", "p@reseller.example", payer_domains=["harbour.example"], **partner),
        evaluated("c", "q@reseller.example"),
    ]
    assert grouped(rows) == {frozenset("a"), frozenset("b"), frozenset("c")}


def test_whoever_evaluates_for_many_works_for_none_of_them() -> None:
    rows = [
        evaluated(name, "expert@consultants.example", payer_domains=[f"{name}.example"])
        for name in ("lilas", "harbour", "fjord")
    ]
    assert len(grouped(rows)) == 3
    assert len(grouped(rows[:2])) == 1


def test_a_domain_of_many_companies_is_a_providers() -> None:
    names = ("Lilas", "Harbour Ltd", "Fjord AS", "Mistral")
    strangers = [evaluated(name, f"{name[0]}@provider.example", company=name, clouds=[f"c{name}"]) for name in names]
    assert len(grouped(strangers)) == len(names)
    spellings = ("Lilas", "LILAS S.A.S.", "Lílas Group", "Lilas France")
    one = [evaluated(name, f"{name[-1]}@lilas.example", company=name, clouds=[f"c{name}"]) for name in spellings]
    assert len(grouped(one)) == 1


def test_legal_forms_and_spelling_do_not_make_another_company() -> None:
    assert {root_of(name) for name in ("Lilas S.A.S.", "LILAS", "Lílas Group", "lilas gmbh & co. kg")} == {"lilas"}
    assert root_of(None) == root_of("GmbH") == ""


ROWS = [
    evaluated("a", "x@lilas.example", clouds=["c1"]),
    evaluated("b", "y@lilas.example", clouds=["c1"]),
    evaluated("c", "z@lilas.example", clouds=["c2"]),
    licence("d", clouds=["c3"]),
]


def test_what_staff_have_split_stays_apart_whatever_keys_say() -> None:
    apart = Decided([(1, "apart", ["c"])])
    assert grouped(ROWS, apart) == {frozenset("ab"), frozenset("c"), frozenset("d")}
    both = Decided([(1, "apart", ["b", "c"])])
    assert grouped(ROWS, both) == {frozenset("a"), frozenset("bc"), frozenset("d")}
    later = [*ROWS, evaluated("e", "new@lilas.example", clouds=["c2"])]
    assert grouped(later, apart) == {frozenset("abe"), frozenset("c"), frozenset("d")}


def test_what_staff_have_joined_is_one_with_all_that_belongs_to_it() -> None:
    joined = Decided([(1, "together", ["a", "d"])])
    assert grouped(ROWS, joined) == {frozenset("abcd")}
    again = Decided([(1, "apart", ["c"]), (2, "together", ["c", "d"])])
    assert grouped(ROWS, again) == {frozenset("ab"), frozenset("cd")}


def test_evidence_tells_the_kind_and_no_more_of_the_value_than_is_needed() -> None:
    rows = [evaluated(name, f"{name}@lilas.example", clouds=["c10d-0001"]) for name in "ab"]
    groups = group(lambda: rows)
    assert groups.evidence(rows[0][1]) == [
        {"kind": "domain", "value_hint": "lilas.example"},
        {"kind": "site", "value_hint": "…0001"},
    ]


KEYS = st.lists(st.sampled_from("12345"), max_size=2)
LICENCES = st.lists(
    st.fixed_dictionaries(
        {
            "clouds": KEYS,
            "hosts": KEYS,
            "domains": st.lists(st.sampled_from(["a.example", "b.example"]), max_size=1),
            "payer_domains": st.lists(st.sampled_from([f"{letter}.example" for letter in "acde"]), max_size=1),
            "partner_domains": st.lists(st.sampled_from(["b.example"]), max_size=1),
            "evaluators": st.lists(st.sampled_from([["m1", "a.example"], ["m2", ""]]), max_size=1),
            "company": st.sampled_from([None, "Lilas", "Harbour", "Fjord"]),
        }
    ),
    max_size=12,
)


@given(LICENCES, st.randoms(use_true_random=False))
def test_the_order_of_licences_changes_nothing(facts: list[dict[str, Any]], chance: random.Random) -> None:
    rows = [licence(f"L{number:02}", **found) for number, found in enumerate(facts)]
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert grouped(rows) == grouped(shuffled)
    groups, others = group(lambda: rows), group(lambda: shuffled)
    ids = {name: groups.organisation_id(at) for at, (name, _) in enumerate(rows)}
    assert ids == {name: others.organisation_id(at) for at, (name, _) in enumerate(shuffled)}
    assert sorted(map(str, groups.organisations())) == sorted(map(str, others.organisations()))
