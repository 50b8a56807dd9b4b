"""Transactions of a licence: which sales stand, and which were paid back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from services.marketplace.values import day, number, part, text


@dataclass(frozen=True)
class Sale:
    """One line of a transaction in its newest version. `transactionId` is not unique, its line item is."""

    line: str
    transaction: str | None
    type: str
    on: date | None
    starts_on: date | None
    amount: float | None
    pays_back: str | None
    refunded: bool = False

    @property
    def is_new(self) -> bool:
        """A first purchase."""
        return self.type == "new"

    @property
    def is_renewal(self) -> bool:
        """A further period, whatever it is called."""
        return self.type in ("renewal", "upgrade", "downgrade")


def read_sales(rows: Iterable[tuple[Mapping[str, Any], datetime]]) -> Sequence[Sale]:
    """The sales behind transaction rows (with the time each was true), in a fixed order, refunds applied."""
    newest: dict[tuple[str, str], tuple[tuple[str, str, str], Sale]] = {}
    for body, as_of in rows:
        sale = _read(body)
        version = (str(day(body.get("lastUpdated")) or ""), as_of.isoformat(), _digest(body))
        known = newest.get((sale.line, sale.type))
        if known is None or version > known[0]:
            newest[(sale.line, sale.type)] = (version, sale)
    sales = sorted((sale for _, sale in newest.values()), key=lambda sale: (str(sale.on or ""), sale.line, sale.type))
    refunds = [sale for sale in sales if sale.type == "refund"]
    return [replace(sale, refunded=any(_settles(refund, sale) for refund in refunds)) for sale in sales]


def _read(body: Mapping[str, Any]) -> Sale:
    purchase = part(body, "purchaseDetails") or body
    return Sale(
        line=text(body.get("transactionLineItemId")) or text(body.get("id")) or _digest(body),
        transaction=text(body.get("transactionId")),
        type=(text(purchase.get("saleType")) or "").lower(),
        on=day(purchase.get("saleDate")),
        starts_on=day(purchase.get("maintenanceStartDate")),
        amount=number(purchase.get("purchasePrice")),
        pays_back=text(part(purchase, "originalTransactionDetails").get("transactionId")),
    )


def _settles(refund: Sale, sale: Sale) -> bool:
    """Does `refund` pay all of `sale` back? By the transaction it names, else by the period it was for."""
    if sale.type == "refund" or (sale.amount is not None and sale.amount <= 0):
        return False
    if sale.amount is not None and refund.amount is not None and abs(refund.amount) < sale.amount:
        return False
    if refund.pays_back is not None:
        return refund.pays_back == sale.transaction
    if refund.starts_on is not None or sale.starts_on is not None:
        return refund.starts_on == sale.starts_on
    return refund.on is not None and sale.on is not None and refund.on >= sale.on


def _digest(body: Mapping[str, Any]) -> str:
    canonical = json.dumps(body, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
