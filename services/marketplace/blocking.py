"""Keys that tell nothing of who belongs together: partners, whoever acts for several organisations, shared domains.

A common reseller or provider does not make one customer of two (marketplace.md, section 5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from services.marketplace.companies import is_of_domain, root_of

Facts = Mapping[str, Any]

# Whoever evaluates or pays for this many organisations works for none of them.
UNRELATED = 3
# A private mailbox that is seen with two of them is a freelancer's.
UNRELATED_TO_A_PRIVATE_ONE = 2
# A domain under which so many companies of different names have sites of their own is a provider's, unless most of what
# is under it is of the one that the domain is named after, or nearly all of another one.
MAJORITY, LARGE_MAJORITY = 0.5, 0.8
ALIKE, FEW = 0.75, 50
OWN = "\0own"


@dataclass(frozen=True)
class Blocked:
    """What says nothing. `acting`: mailboxes and domains of partners and of whoever acts for several. `shared`: domains
    of providers, where a mailbox still is one person's. `payers`: domains that pay for several customers."""

    acting: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    payers: frozenset[str] = frozenset()

    def domain(self, domain: str) -> bool:
        """Does this domain say nothing of an organisation?"""
        return domain in self.acting or domain in self.shared

    def payer(self, domain: str) -> bool:
        """Does it say nothing that somebody of this domain pays?"""
        return self.domain(domain) or domain in self.payers

    def customer_of(self, facts: Facts) -> list[str]:
        """Whom an expert evaluates for: the domain that pays, where the company is named after it and not after that of
        the evaluator."""
        company = facts.get("company")
        if not company or facts.get("selves") or any(is_of_domain(company, own) for own in facts.get("domains", ())):
            return []
        return [
            payer
            for payer in facts.get("payer_domains", ())
            if payer not in facts.get("domains", ()) and not self.payer(payer) and is_of_domain(company, payer)
        ]


class Blocking:
    """Finds them: `see` every licence, then `finish`."""

    def __init__(self) -> None:
        self._partners: set[str] = set()
        # Of a mailbox: the domains that it is seen with, and its own, which is "" for a private one.
        self._seen: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._payees: dict[str, set[str]] = defaultdict(set)
        self._companies: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def see(self, facts: Facts) -> None:
        """Learn from one licence."""
        self._partners.update(facts.get("partners", ()), facts.get("partner_domains", ()))
        own, company = set(facts.get("domains", ())), facts.get("company")
        payers = set(facts.get("payer_domains", ())) - own
        for mailbox, domain in facts.get("evaluators", ()):
            if seen := payers if domain else payers | own:
                self._seen[(mailbox, domain)].update(seen)
        for payer in payers:
            unnamed = not own and company and not is_of_domain(company, payer)
            self._payees[payer].update([root_of(company)] if unnamed else own)
        for domain in own if company else ():
            for name in facts.get("selves") or [company]:
                mark = OWN if is_of_domain(name, domain) else root_of(name)
                self._companies[domain][mark].update(facts.get("clouds") or facts.get("ids", ()))

    def finish(self) -> Blocked:
        """What is blocked, once every licence was seen."""
        shared = {domain for domain, sites in self._companies.items() if _is_shared(sites)}
        blocked = self._partners | shared
        payers = {payer for payer, paid in self._payees.items() if _unrelated(paid - blocked) >= UNRELATED}
        acting = set(self._partners)
        for (mailbox, domain), seen in self._seen.items():
            limit = UNRELATED if domain else UNRELATED_TO_A_PRIVATE_ONE
            if _unrelated(seen - self._partners - payers) >= limit:
                acting.update({mailbox, domain} - {""})
        return Blocked(frozenset(acting), frozenset(shared), frozenset(payers))


def _unrelated(domains: Set[str]) -> int:
    """How many organisations: `lilas.fr` and `lilas.de` are of one."""
    return len({domain.partition(".")[0] for domain in domains})


def _is_shared(sites: Mapping[str, Set[str]]) -> bool:
    if len(sites) < UNRELATED:
        return False
    counts = _spelled_alike({mark: len(found) for mark, found in sites.items()})
    others = max((count for mark, count in counts.items() if mark != OWN), default=0)
    most = sum(counts.values())
    return len(counts) >= UNRELATED and counts.get(OWN, 0) < MAJORITY * most and others < LARGE_MAJORITY * most


def _spelled_alike(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts of marks with those of their misspellings, where they are so few that one can tell."""
    found: dict[str, int] = {}
    for mark, count in sorted(counts.items(), key=lambda told: (-told[1], told[0])):
        alike = (known for known in found if SequenceMatcher(None, known, mark).ratio() >= ALIKE)
        known = next(alike, mark) if len(counts) <= FEW else mark
        found[known] = found.get(known, 0) + count
    return found
