"""Which licences belong to one organisation: a union over keys, with the evidence kept on each link.

Strong keys: site, host entitlement, a licence that another one names, the evaluator's mailbox. Medium: the domain of an
organisation; where that is a partner's or a provider's, the domain with the company's name. What says nothing is
blocked (blocking.py).

Near-linear in rows and independent of their order. The rows are passed over several times and never held: of a key only
a hash is remembered, so that a million licences fit into memory.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.marketplace.blocking import Blocked, Blocking, Facts
from services.marketplace.companies import plain

Key = tuple[str, str]


@dataclass(frozen=True)
class Linked:
    """One organisation: its id, its name, domain and country, each the commonest of its licences."""

    id: str
    name: str | None
    domain: str | None
    country: str | None


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
    """Licences that belong together: `add` every one of them, then ask.

    Licences go by the number of their position, the same in each pass. `name` sorts them, whatever that position is.
    """

    def __init__(self, blocked: Blocked, decided: Decided) -> None:
        self._blocked = blocked
        self._decided = decided
        self._names: list[str] = []
        self._parent: list[int] = []
        self._first: dict[int, int] = {}
        self._shared: set[int] = set()
        self._told: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)

    def add(self, name: str, facts: Facts) -> None:
        """Join the next licence with whoever shares a key, and learn what it tells of their organisation."""
        position = len(self._parent)
        self._names.append(name)
        self._parent.append(position)
        for key in set(self._keys(facts)):
            mark = hash(key)
            first = self._first.setdefault(mark, position)
            if first != position:
                self._shared.add(mark)
                self._join(first, position)
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
        yield from self._keys_of_people(facts)
        for domain in self._domains(facts):
            yield "domain", domain

    def _keys_of_people(self, facts: Facts) -> Iterator[Key]:
        """Mailboxes; where a domain says nothing, whoever is of the same company there: one customer of a partner, a
        firm at a provider."""
        acting, selves = self._blocked.acting, facts.get("selves", ())
        company = "" if selves else plain(facts.get("company"))
        for_others = self._blocked.customer_of(facts)
        for mailbox, domain in facts.get("evaluators", ()):
            if not for_others and not self._blocked.domain(domain) and mailbox not in acting:
                yield "mailbox", mailbox
            elif domain and company:
                yield "company", f"{company}|{domain}"
            if mailbox in selves and domain in self._blocked.shared - acting:
                yield "mailbox", mailbox

    def _domains(self, facts: Facts) -> Sequence[str]:
        """The domains of the customer: the evaluator's; where that is a partner's or a free one, the payer's."""
        own = [domain for domain in facts.get("domains", ()) if not self._blocked.domain(domain)]
        payers = [domain for domain in facts.get("payer_domains", ()) if not self._blocked.payer(domain)]
        return self._blocked.customer_of(facts) or own or payers

    def _root(self, position: int) -> int:
        parent = self._parent
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    def _join(self, left: int, right: int) -> None:
        # The one whose name comes first stands for both, in whatever order they were added.
        low, high = sorted((self._root(left), self._root(right)), key=lambda position: self._names[position])
        if low != high:
            self._parent[high] = low
            told = self._told[low]
            for value, count in self._told.pop(high, {}).items():
                told[value] = told.get(value, 0) + count


def group(rows: Callable[[], Iterable[tuple[str, Facts]]], decided: Decided | None = None) -> Groups:
    """Group what `rows()` gives: pairs of a name and link facts (projection.py), each time in the same order.

    `decided`: what staff have decided in place of the keys.
    """
    blocking = Blocking()
    for _, facts in rows():
        blocking.see(facts)
    groups = Groups(blocking.finish(), decided or Decided())
    for name, facts in rows():
        groups.add(name, facts)
    return groups


def _hint(kind: str, value: str) -> str:
    shown = value.rpartition("|")[2]
    return shown if kind in ("domain", "decision", "company") else f"…{shown[-4:]}"


def _id(name: str) -> str:
    return "o" + hashlib.sha256(name.encode()).hexdigest()[:24]


def _commonest(told: Mapping[tuple[str, str], int], what: str) -> str | None:
    counted = Counter({value: count for (kind, value), count in told.items() if kind == what})
    return min(counted, key=lambda value: (-counted[value], value), default=None)
