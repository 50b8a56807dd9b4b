"""The whole register as one value, for whoever takes it as an argument (a test can hand in a register of its own)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.register.categories import CATEGORIES, Category, CategoryEntry
from models.register.limits import LIMITS, Limit
from models.register.periods import PERIODS
from models.register.purposes import PURPOSES, Purpose
from models.register.recipients import RECIPIENTS, Recipient
from models.register.retention import Period


@dataclass(frozen=True)
class Register:
    """All parts of the register; each defaults to the real one."""

    categories: Mapping[Category, CategoryEntry] = field(default_factory=lambda: CATEGORIES)
    purposes: Mapping[str, Purpose] = field(default_factory=lambda: PURPOSES)
    recipients: Mapping[str, Recipient] = field(default_factory=lambda: RECIPIENTS)
    periods: Mapping[str, Period] = field(default_factory=lambda: PERIODS)
    limits: Mapping[str, Limit] = field(default_factory=lambda: LIMITS)


REGISTER = Register()
