"""An invented, dirty Marketplace with its truth: which organisation each licence is really of.

Everything in it is described in reference/marketplace.md (1.3, 1.4, 4 and the sample rows), and made from a seed alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.services.marketplace.corpus_rows import Person, Who, licence
from tests.services.marketplace.corpus_words import Words

Row = dict[str, Any]
FREE = ("gmail.com", "googlemail.com", "outlook.com", "gmx.de", "free.fr", "yahoo.co.uk", "sfr.fr")


@dataclass
class Organisation:
    """A customer: what it calls itself, its domains, sites, and whoever acts in it."""

    number: int
    names: list[str]
    domains: list[str]
    people: list[Person]
    sites: list[str] = field(default_factory=list)
    hosts: dict[str, str] = field(default_factory=dict)
    on_premises: list[str] = field(default_factory=list)
    reseller: Who | None = None
    helper: Who | None = None
    account: str = ""


@dataclass(frozen=True)
class Corpus:
    """`rows` in no order, with repeats; `truth`: the number of the organisation, by every id of a licence."""

    rows: list[Row]
    truth: dict[str, int]


def corpus(seed: int, licences: int) -> Corpus:
    """At least so many licences, the same for the same seed."""
    return _Market(random.Random(seed)).grown(licences)


class _Market:
    def __init__(self, chance: random.Random) -> None:
        self.chance, self.words = chance, Words(chance)
        self.rows: list[Row] = []
        self.truth: dict[str, int] = {}
        self.licences = self.made = 0
        self.resellers = [self._who("reseller") for _ in range(20)]
        # Nobody names these as partners: they are seen in other people's rows alone.
        self.unnamed = [self._who("unnamed") for _ in range(8)]
        self.experts = [self._who("expert") for _ in range(12)]
        self.freelancers = [self._who("freelancer") for _ in range(8)]
        self.providers = [self.words.domain(self.words.name()) for _ in range(4)]

    def grown(self, licences: int) -> Corpus:
        while self.licences < licences:
            kind = self.chance.choices(
                (self.company, self.freemail, self.university, self.on_provider),
                weights=(80, 13, 0.5, 3),
            )[0]
            self.evaluate(kind())
        for partner in (*self.resellers, *self.unnamed, *self.experts):
            self.evaluate(self._own(partner))
        self.rows += self.chance.choices(self.rows, k=len(self.rows) // 12)
        self.chance.shuffle(self.rows)
        return Corpus(self.rows, self.truth)

    def company(self) -> Organisation:
        """Most of the customers; some with a further domain, bought or renamed, some through others."""
        name = self.words.name()
        domains = [self.words.domain(name)]
        if self.chance.random() < 0.06:
            domains.append(self.words.domain(self.words.name() if self.chance.random() < 0.6 else name))
        people = [self._person(self.chance.choice(domains)) for _ in range(self._few())]
        made = self._organisation([name], domains, people)
        if self.chance.random() < 0.22:
            made.reseller = self.chance.choice(self.resellers if self.chance.random() < 0.8 else self.unnamed)
        draw = self.chance.random()
        if draw < 0.06:
            made.helper = self.chance.choice(self.experts)
        elif draw < 0.075:
            made.helper = self.chance.choice(self.freelancers)
        return made

    def freemail(self) -> Organisation:
        """One or two people without a domain; what stands as their company is often their own name."""
        people = [self._person(self.chance.choice(FREE)) for _ in range(1 if self.chance.random() < 0.85 else 2)]
        return self._organisation([people[0].name, self.words.name()], [], people)

    def university(self) -> Organisation:
        """A university or a group: each part of it writes its own name under the one domain."""
        name = self.words.name()
        parts = ("Institut für Physik", "Rechenzentrum", "Faculty of Law", "Bibliothek", "Medical School", "DSI")
        names = [f"{part}, {name} University" for part in parts] + [f"University of {name}"] * 3
        domains = [self.words.domain(f"uni-{name}")]
        return self._organisation(names, domains, [self._person(domains[0]) for _ in range(6)])

    def on_provider(self) -> Organisation:
        """A small firm whose mail is at a regional provider that is on nobody's list."""
        person = self._person(self.chance.choice(self.providers))
        return self._organisation([self.words.name()], [], [person])

    def _own(self, partner: Who) -> Organisation:
        """What a partner evaluates for itself."""
        made = self._organisation([partner.name], [partner.domain], [partner.person])
        made.sites = made.sites or [self.words.uuid()]
        return made

    def _organisation(self, names: list[str], domains: list[str], people: list[Person]) -> Organisation:
        self.made += 1
        made = Organisation(self.made, names, domains, people, account=self.words.uuid())
        if self.chance.random() < 0.78 or len(domains) > 1:
            made.sites = [self.words.uuid()]
        for _ in range(self.chance.choices((0, 1, 2), weights=(80, 15, 5))[0]):
            made.sites.append(self.words.uuid())
        return made

    def evaluate(self, who: Organisation) -> None:
        """All licences of one organisation."""
        count = min(self._few() * (3 if len(who.names) > 3 else 1), 30)
        if len(who.domains) > 1:
            # Two domains are one customer because people of both are on one site.
            count = max(count, 2)
        for number in range(count):
            # One person knows no more than where they are; a site is the one thing that all have in common.
            person = who.people[number % len(who.people)]
            site = self._site(who, first=number < len(who.people) or not who.domains)
            rows, ids = licence(self.chance, self.words, who, person, site)
            self.licences += 1
            self.rows += rows
            self.truth |= dict.fromkeys(ids, who.number)

    def _site(self, who: Organisation, *, first: bool) -> str | None:
        if not who.sites:
            return None
        if first or self.chance.random() < 0.7:
            return who.sites[0] if self.chance.random() < 0.8 or len(who.domains) > 1 else None
        return self.chance.choice([*who.sites, None])

    def _person(self, domain: str) -> Person:
        return self.words.person(domain)

    def _who(self, kind: str) -> Who:
        name = self.words.name()
        domain = "gmail.com" if kind == "freelancer" else self.words.domain(name)
        return Who(kind, f"{name} Consulting", domain, self._person(domain), self.words.uuid())

    def _few(self) -> int:
        return self.chance.choices((1, 2, 3, 4, 5, 7, 12, 20), weights=(46, 22, 12, 7, 5, 4, 3, 1))[0]


def quality(truth: dict[str, int], links: Sequence[Row]) -> tuple[float, float]:
    """Precision and recall over pairs of licences, of `prospects links` beside the truth."""
    cells: dict[tuple[int, str], int] = {}
    for line in links:
        really = {truth[identity] for identity in line["ids"] if identity in truth}
        assert len(really) == 1, "a licence of two organisations, or of none"
        cell = (really.pop(), line["organisation"])
        cells[cell] = cells.get(cell, 0) + 1
    right = sum(_pairs(count) for count in cells.values())
    return right / _sum(cells, 1), right / _sum(cells, 0)


def _sum(cells: dict[tuple[int, str], int], at: int) -> int:
    sizes: dict[Any, int] = {}
    for cell, count in cells.items():
        sizes[cell[at]] = sizes.get(cell[at], 0) + count
    return sum(map(_pairs, sizes.values()))


def _pairs(count: int) -> int:
    return count * (count - 1) // 2
