"""The words of the invented Marketplace: names, domains, addresses, and how people spoil them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from uuid import UUID

_SYLLABLES = """
ba bel cor dan dra el fen fjo gar hol im jor kal lar lum mar nor ol pra qui ros sal tek ur ven wes yor zan
"""
SYLLABLES = _SYLLABLES.split()
ENDINGS = ("com", "fr", "de", "co.uk", "nl", "eu", "ch", "com.au", "se", "io")
FORMS = ("", "", "SAS", "GmbH", "Ltd.", "Inc.", "S.A.", "AG", "B.V.", "AB", "GmbH & Co. KG", "Group")
FIRST = ("anna", "bob", "claire", "dieter", "eva", "farid", "gina", "hugo", "ines", "jan", "karim", "lea", "zoé")


@dataclass(frozen=True)
class Person:
    """Somebody with one mailbox."""

    name: str
    local: str
    domain: str


class Words:
    """Draws them; a domain, an id and a mailbox are given to one only."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self._taken: set[str] = set()

    def name(self) -> str:
        """A company's, of one or two words. Two companies may have the same."""
        first = "".join(self.chance.choices(SYLLABLES, k=self.chance.choice((2, 3, 3))))
        second = self.chance.choice(("", "", "", " Systems", " Software", " Bank", " Industries"))
        return first.title() + second

    def domain(self, name: str) -> str:
        """One that nobody else has; a few are not of ASCII alone."""
        label = name.lower().replace(" ", self.chance.choice(("", "-")))
        if self.chance.random() < 0.04:
            label = label.replace("o", "ö").replace("a", "ä")
        while True:
            found = f"{label}.{self.chance.choice(ENDINGS)}"
            if found not in self._taken:
                self._taken.add(found)
                return found
            label += self.chance.choice(SYLLABLES)

    def person(self, domain: str) -> Person:
        """Somebody whose mailbox is nobody else's."""
        first, last = self.chance.choice(FIRST), "".join(self.chance.choices(SYLLABLES, k=2))
        plain = first.replace("é", "e")
        local = f"{plain}.{last}"
        # The provider's two domains are one, and dots are nothing to it.
        box = "gmail.com" if domain == "googlemail.com" else domain
        while f"{local}@{box}" in self._taken:
            local += str(self.chance.randint(0, 9))
        self._taken.add(f"{local}@{box}")
        return Person(f"{first} {last}".title(), local, domain)

    def uuid(self) -> str:
        """A random id."""
        return str(UUID(int=self.chance.getrandbits(128), version=4))

    def number(self) -> str:
        """Eight digits, once."""
        while (found := str(self.chance.randint(10_000_000, 99_999_999))) in self._taken:
            pass
        self._taken.add(found)
        return found

    def entitlement(self) -> str:
        """Like `E-Y3B-6DL-7VL-Q6J`."""
        letters = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
        return "E-" + "-".join("".join(self.chance.choices(letters, k=3)) for _ in range(4))

    def address(self, person: Person) -> str:
        """The address of a person as somebody typed it this time."""
        local, domain, draw = person.local, person.domain, self.chance.random()
        if draw < 0.05:
            local += "+jira"
        if domain in ("gmail.com", "googlemail.com"):
            if draw > 0.8:
                local = local.replace(".", "")
            domain = self.chance.choice(("gmail.com", "gmail.com", "googlemail.com"))
        elif not domain.isascii() and draw > 0.4:
            domain = domain.encode("idna").decode()
        found = f"{local}@{domain}"
        if draw > 0.93:
            found = found.upper() if found.isascii() else found.title()
        return f" {found} " if 0.5 < draw < 0.53 else found

    def company(self, name: str) -> str:
        """The name of a company as somebody typed it this time."""
        draw = self.chance.random()
        if draw < 0.06:
            name = self._typo(name)
        elif draw < 0.09:
            name = f"The {name}"
        elif draw < 0.12:
            name = f"{name} - IT Department"
        spelled = f"{name} {self.chance.choice(FORMS)}".strip()
        return spelled.upper() if draw > 0.92 else spelled.lower() if draw > 0.88 else spelled

    def _typo(self, name: str) -> str:
        at = self.chance.randrange(len(name) - 1)
        spoilt = (name[:at] + name[at + 1 :], name[:at] + name[at + 1] + name[at] + name[at + 2 :])
        return self.chance.choice((*spoilt, name[: at + 1] + name[at:]))
