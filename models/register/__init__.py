"""The register of processing: what is held, why, for how long, who receives it (Art. 30 GDPR).

The one source of the policy text, of retention, of export and of erasure. Every column of every table names a category
of it. Everything in here is immutable and checked when it is imported:

    CATEGORIES   Category -> CategoryEntry   what is held
    PURPOSES     id -> Purpose               why, on which legal basis (Art. 6), by which channels
    RECIPIENTS   id -> Recipient             who receives what
    PERIODS      id -> Period                how long, from when, and what happens then
    HOLDS        law -> Hold                 what stays against a request for erasure, and why
    LIMITS       id -> Limit                 other figures which the policy promises (ages, deadlines)
    COMMITMENTS  ("C01", …)                  the promises of the policy, by number
"""

from __future__ import annotations

from models.register.categories import CATEGORIES, Category, CategoryEntry
from models.register.commitments import COMMITMENTS
from models.register.durations import Duration
from models.register.holds import HELD_CATEGORIES, HOLDS, Hold
from models.register.limits import LIMITS, Limit
from models.register.periods import PERIODS
from models.register.purposes import PURPOSES, Basis, Channel, Purpose
from models.register.recipients import RECIPIENTS, Recipient
from models.register.register import REGISTER, Register
from models.register.retention import Anchor, EndAction, Period, Relation, Role
from models.register.vendor import Vendor
from models.register.words import LANGUAGES, Language, Words

__all__ = [
    "CATEGORIES",
    "COMMITMENTS",
    "HELD_CATEGORIES",
    "HOLDS",
    "LANGUAGES",
    "LIMITS",
    "PERIODS",
    "PURPOSES",
    "RECIPIENTS",
    "REGISTER",
    "Anchor",
    "Basis",
    "Category",
    "CategoryEntry",
    "Channel",
    "Duration",
    "EndAction",
    "Hold",
    "Language",
    "Limit",
    "Period",
    "Purpose",
    "Recipient",
    "Register",
    "Relation",
    "Role",
    "Vendor",
    "Words",
]
