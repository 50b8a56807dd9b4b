"""Which licences belong to one organisation: a union over keys, with the evidence kept on each link.

Strong keys: site, host entitlement, a licence that another one names, the evaluator's mailbox. Medium: the domain of an
organisation. Blocked: partners, and whoever acts for several organisations, for a shared reseller does not make one
customer of two (marketplace.md, section 5). Near-linear in rows; independent of their order.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Whoever evaluates for this many organisations works for none of them.
UNRELATED_DOMAINS = 3


@dataclass(frozen=True)
class Linked:
    """One organisation: its licences (their keys, sorted), name, domain, country, and the evidence for each licence."""

    id: str
    licences: tuple[str, ...]
    name: str | None
    domain: str | None
    country: str | None
    evidence: Mapping[str, list[dict[str, str]]]


def link(licences: Mapping[str, Mapping[str, Any]]) -> list[Linked]:
    """Group licences (by their key: the link facts of projection.py) into organisations."""
    blocked = _blocked(licences.values())
    keys = {licence: list(_keys(facts, blocked)) for licence, facts in licences.items()}
    holders: dict[tuple[str, str], list[str]] = defaultdict(list)
    for licence in sorted(keys):
        for key in keys[licence]:
            holders[key].append(licence)
    groups = _Groups(licences)
    for shared in holders.values():
        for licence in shared[1:]:
            groups.join(shared[0], licence)
    shown = {key for key, shared in holders.items() if len(shared) > 1}
    return [_organisation(members, licences, keys, shown, blocked) for members in groups.all()]


def _keys(facts: Mapping[str, Any], blocked: set[str]) -> Iterator[tuple[str, str]]:
    for kind, name in (("site", "clouds"), ("host", "hosts"), ("licence", "ids"), ("licence", "refers")):
        for value in facts.get(name, ()):
            yield kind, _licence_number(value) if kind == "licence" else value
    for mailbox, domain in facts.get("evaluators", ()):
        if not {mailbox, domain} & blocked:
            yield "mailbox", mailbox
    for domain in _domains(facts, blocked):
        yield "domain", domain


def _domains(facts: Mapping[str, Any], blocked: set[str]) -> list[str]:
    """The domains of the customer: the evaluator's; where that is a partner's or a free one, the payer's."""
    own = [domain for domain in facts.get("domains", ()) if domain not in blocked]
    return own or [domain for domain in facts.get("payer_domains", ()) if domain not in blocked]


def _licence_number(value: str) -> str:
    return value.removeprefix("SEN-")


def _blocked(licences: Iterable[Mapping[str, Any]]) -> set[str]:
    blocked: set[str] = set()
    payers: dict[str, set[str]] = defaultdict(set)
    domains: dict[str, set[str]] = defaultdict(set)
    for facts in licences:
        blocked.update(facts.get("partners", ()), facts.get("partner_domains", ()))
        for mailbox, domain in facts.get("evaluators", ()):
            payers[mailbox].update(set(facts.get("payer_domains", ())) - set(facts.get("domains", ())))
            domains[mailbox].update({domain} - {""})
    for mailbox, unrelated in payers.items():
        if len(unrelated - blocked) >= UNRELATED_DOMAINS:
            blocked.add(mailbox)
            blocked.update(domains[mailbox])
    return blocked


def _organisation(
    members: Sequence[str],
    licences: Mapping[str, Mapping[str, Any]],
    keys: Mapping[str, Sequence[tuple[str, str]]],
    shown: set[tuple[str, str]],
    blocked: set[str],
) -> Linked:
    facts = [licences[licence] for licence in members]
    return Linked(
        id="o" + hashlib.sha256(members[0].encode()).hexdigest()[:24],
        licences=tuple(members),
        name=_most_common(fact.get("company") for fact in facts),
        domain=_most_common(domain for fact in facts for domain in _domains(fact, blocked)),
        country=_most_common(fact.get("country") for fact in facts),
        evidence={licence: _evidence(keys[licence], shown) for licence in members},
    )


def _evidence(keys: Sequence[tuple[str, str]], shown: set[tuple[str, str]]) -> list[dict[str, str]]:
    """Why a licence is linked: kind and a hint of the value, enough to recognise it, too little to be it."""
    hints = {(kind, value if kind == "domain" else f"…{value[-4:]}") for kind, value in keys if (kind, value) in shown}
    return [{"kind": kind, "value_hint": hint} for kind, hint in sorted(hints)]


def _most_common(values: Iterable[str | None]) -> str | None:
    counted = Counter(value for value in values if value)
    return min(counted, key=lambda value: (-counted[value], value), default=None)


class _Groups:
    """Union-find with path halving; the smallest member stands for its group."""

    def __init__(self, members: Iterable[str]) -> None:
        self._parent = {member: member for member in members}

    def _root(self, member: str) -> str:
        while self._parent[member] != member:
            self._parent[member] = self._parent[self._parent[member]]
            member = self._parent[member]
        return member

    def join(self, left: str, right: str) -> None:
        low, high = sorted((self._root(left), self._root(right)))
        self._parent[high] = low

    def all(self) -> list[list[str]]:
        """The groups, each sorted, in the order of their first members."""
        groups: dict[str, list[str]] = defaultdict(list)
        for member in sorted(self._parent):
            groups[self._root(member)].append(member)
        return list(groups.values())
