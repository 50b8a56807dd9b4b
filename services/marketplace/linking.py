"""Which licences belong to one organisation: a union over keys, with the evidence kept on each link.

Strong keys: site, host entitlement, a licence that another one names, the evaluator's mailbox. Medium: the domain of an
organisation. Blocked: partners, whoever acts for several organisations, and domains that many organisations share, for
a common reseller or provider does not make one customer of two (marketplace.md, section 5).

Near-linear in rows and independent of their order. The rows are passed over several times and never held: of a key only
a hash is remembered, so that a million licences fit into memory.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.marketplace.companies import root_of

Facts = Mapping[str, Any]
Key = tuple[str, str]

# Whoever evaluates for this many organisations works for none of them.
UNRELATED_DOMAINS = 3
# A domain under which this many companies of different names have sites of their own is a provider's, unless most of
# what is under it is of one of them.
UNRELATED_COMPANIES = 3
MAJORITY = 0.5


@dataclass(frozen=True)
class Linked:
    """One organisation: its id, its name, domain and country, each the commonest of its licences."""

    id: str
    name: str | None
    domain: str | None
    country: str | None


class Blocked:
    """Mailboxes and domains that tell nothing of who belongs together. First pass: `see` every licence."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._payers: dict[str, set[str]] = defaultdict(set)
        self._domains: dict[str, set[str]] = defaultdict(set)
        self._companies: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def see(self, facts: Facts) -> None:
        """Learn from one licence."""
        self._keys.update(facts.get("partners", ()), facts.get("partner_domains", ()))
        payers = set(facts.get("payer_domains", ())) - set(facts.get("domains", ()))
        for mailbox, domain in facts.get("evaluators", ()) if payers else ():
            self._payers[mailbox].update(payers)
            self._domains[mailbox].update({domain} - {""})
        company = root_of(facts.get("company"))
        for domain in facts.get("domains", ()) if company else ():
            self._companies[domain][company].update(facts.get("clouds") or facts.get("ids", ()))

    def finish(self) -> set[str]:
        """The blocked keys, once every licence was seen."""
        for mailbox, unrelated in sorted(self._payers.items()):
            if len(unrelated - self._keys) >= UNRELATED_DOMAINS:
                self._keys.update({mailbox}, self._domains[mailbox])
        self._keys.update(domain for domain, sites in self._companies.items() if _is_shared(sites))
        return self._keys


def _is_shared(sites: Mapping[str, set[str]]) -> bool:
    counts = [len(found) for found in sites.values()]
    return len(counts) >= UNRELATED_COMPANIES and max(counts) < MAJORITY * sum(counts)


class Decided:
    """What staff have decided in place of the keys: `(number, "apart" or "together", licence ids)`, oldest first."""

    def __init__(self, decisions: Iterable[tuple[int, str, Sequence[str]]] = ()) -> None:
        self._apart: dict[str, int] = {}
        self._together: dict[str, set[int]] = defaultdict(set)
        for number, kind, licences in decisions:
            for licence in licences:
                if kind == "apart":
                    # The newest says to whom a licence belongs.
                    self._apart[licence] = number
                else:
                    self._together[licence].add(number)

    def keys(self, ids: Iterable[str], keys: Iterable[Key]) -> Iterator[Key]:
        """The keys of a licence, known by these ids, after what was decided of it."""
        ids = list(ids)
        apart = max((self._apart[licence] for licence in ids if licence in self._apart), default=None)
        for kind, value in keys:
            yield (kind, value) if apart is None else (kind, f"{apart}|{value}")
        if apart is not None:
            yield "decision", f"apart {apart}"
        for joined in sorted({number for licence in ids for number in self._together.get(licence, ())}):
            yield "decision", f"together {joined}"


class Groups:
    """Licences that belong together. Second pass: `add` every licence; third: `describe` each; then ask.

    Licences go by the number of their position, the same in each pass. `name` sorts them, whatever that position is.
    """

    def __init__(self, blocked: set[str], decided: Decided) -> None:
        self._blocked = blocked
        self._decided = decided
        self._names: list[str] = []
        self._parent: list[int] = []
        self._first: dict[int, int] = {}
        self._shared: set[int] = set()
        self._told: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)

    def add(self, name: str, facts: Facts) -> None:
        """Join the next licence with whoever shares a key."""
        position = len(self._parent)
        self._names.append(name)
        self._parent.append(position)
        for key in set(self._keys(facts)):
            mark = hash(key)
            first = self._first.setdefault(mark, position)
            if first != position:
                self._shared.add(mark)
                self._join(first, position)

    def describe(self, position: int, facts: Facts) -> None:
        """Learn what the licence tells of its organisation."""
        told = self._told[self._root(position)]
        values = [("name", facts.get("company")), ("country", facts.get("country"))]
        for what, value in (*values, *(("domain", domain) for domain in self._domains(facts))):
            if value:
                told[(what, value)] = told.get((what, value), 0) + 1

    def organisation_id(self, position: int) -> str:
        """The id of the organisation that a licence belongs to."""
        return _id(self._names[self._root(position)])

    def organisations(self) -> Iterator[Linked]:
        """Every organisation."""
        for position, name in enumerate(self._names):
            if self._root(position) == position:
                told = self._told.get(position, {})
                yield Linked(_id(name), *(_commonest(told, what) for what in ("name", "domain", "country")))

    def evidence(self, facts: Facts) -> list[dict[str, str]]:
        """Why a licence is linked: kind and a hint of the value, enough to recognise it, too little to be it."""
        shared = {key for key in self._keys(facts) if hash(key) in self._shared}
        hints = {(kind, _hint(kind, value)) for kind, value in shared}
        return [{"kind": kind, "value_hint": hint} for kind, hint in sorted(hints)]

    def _keys(self, facts: Facts) -> Iterator[Key]:
        return self._decided.keys(facts.get("ids", ()), self._told_keys(facts))

    def _told_keys(self, facts: Facts) -> Iterator[Key]:
        for kind, name in (("site", "clouds"), ("host", "hosts"), ("licence", "ids"), ("licence", "refers")):
            for value in facts.get(name, ()):
                yield kind, value.removeprefix("SEN-") if kind == "licence" else value
        for mailbox, domain in facts.get("evaluators", ()):
            if mailbox not in self._blocked and domain not in self._blocked:
                yield "mailbox", mailbox
        for domain in self._domains(facts):
            yield "domain", domain

    def _domains(self, facts: Facts) -> list[str]:
        """The domains of the customer: the evaluator's; where that is a partner's or a free one, the payer's."""
        own = [domain for domain in facts.get("domains", ()) if domain not in self._blocked]
        return own or [domain for domain in facts.get("payer_domains", ()) if domain not in self._blocked]

    def _root(self, position: int) -> int:
        parent = self._parent
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    def _join(self, left: int, right: int) -> None:
        # The one whose name comes first stands for both, in whatever order they were added.
        low, high = sorted((self._root(left), self._root(right)), key=lambda position: self._names[position])
        self._parent[high] = low


def group(rows: Callable[[], Iterable[tuple[str, Facts]]], decided: Decided | None = None) -> Groups:
    """Group what `rows()` gives: pairs of a name and link facts (projection.py), each time in the same order.

    `decided`: what staff have decided in place of the keys.
    """
    blocked = Blocked()
    for _, facts in rows():
        blocked.see(facts)
    groups = Groups(blocked.finish(), decided or Decided())
    for name, facts in rows():
        groups.add(name, facts)
    for position, (_, facts) in enumerate(rows()):
        groups.describe(position, facts)
    return groups


def _hint(kind: str, value: str) -> str:
    plain = value.rpartition("|")[2]
    return plain if kind in ("domain", "decision") else f"…{plain[-4:]}"


def _id(name: str) -> str:
    return "o" + hashlib.sha256(name.encode()).hexdigest()[:24]


def _commonest(told: Mapping[tuple[str, str], int], what: str) -> str | None:
    counted = Counter({value: count for (kind, value), count in told.items() if kind == what})
    return min(counted, key=lambda value: (-counted[value], value), default=None)
