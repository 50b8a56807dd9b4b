"""The licence merge: a licence's state is a pure function of its set of observations (marketplace.md, section 5).

So feeds may arrive twice, late, or in any order: `licence_state(all) == licence_state(any permutation with repeats)`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.marketplace.once import once
from services.marketplace.sales import Sale, read_sales
from services.marketplace.values import EPOCH, day, instant, text

GRACE = timedelta(days=30)
EVALUATION_TYPE = "EVALUATION"
PAID_TYPES = {"COMMERCIAL", "ACADEMIC", "COMMUNITY", "CLASSROOM", "INTERNAL USE"}
FREE_TYPES = {"FREE", "LEGACY_FREE", "OPEN_SOURCE", "DEMONSTRATION", "DEVELOPER"}
# Order of rows that say different things on the same day (rule 3).
RANKS = {
    ("evaluation", "active"): 0,
    ("evaluation", "cancelled"): 1,
    ("evaluation", "inactive"): 2,
    ("paid", "cancelled"): 3,
    ("paid", "inactive"): 4,
    ("paid", "active"): 5,
}

# Made once: `json.dumps` makes one for each row.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
EVALUATING_STATES = ("evaluating", "extended", "cancelled", "grace")


@dataclass(frozen=True)
class Row:
    """One licence row as one source gave it."""

    body: Mapping[str, Any]
    as_of: datetime

    @once
    def kind(self) -> str:
        """evaluation, paid, free, or unknown."""
        licence_type = (text(self.body.get("licenseType")) or "").upper()
        if licence_type == EVALUATION_TYPE:
            return "evaluation"
        if licence_type in PAID_TYPES:
            return "paid"
        return "free" if licence_type in FREE_TYPES else "unknown"

    @once
    def status(self) -> str:
        """active, inactive or cancelled, as Atlassian writes it; active where nothing is said."""
        return (text(self.body.get("status")) or "active").lower()

    @once
    def version(self) -> str:
        """Sorts as (day of last update, as of, rank, digest); the largest version is current (rule 3)."""
        updated = day(self.body.get("lastUpdated")) or date.min
        rank = RANKS.get((self.kind, self.status), 0)
        return f"{updated}|{self.as_of:%Y-%m-%dT%H:%M:%S.%f}|{rank}|{digest(self.body)}"

    def on(self, name: str) -> date | None:
        """The day of one field."""
        return day(self.body.get(name))


def digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of a row in canonical form: the same row always has the same digest."""
    return hashlib.sha256(_CANONICAL.encode(body).encode("utf-8", "surrogatepass")).hexdigest()


def licence_state(observations: Iterable[Mapping[str, Any]], today: date | str) -> dict[str, Any]:
    """What a set of observations says of one licence on the day `today`.

    `observations`: `{"src", "as_of", "body"}`; `src` "transaction" marks a transaction row; feedback, quotes and
    attribution change no state; any other marks a licence row.
    Gives `state`, `episodes` (number of evaluations), `won_on`, `started_on`, `ends_on`, `last_observed` (ISO days or
    None), `returning`, and `next_change_on`: the day from which the calendar alone may change the answer.
    """
    rows: list[Row] = []
    sold: list[tuple[Mapping[str, Any], datetime]] = []
    for observation in observations:
        body = observation["body"] if isinstance(observation.get("body"), Mapping) else {}
        as_of = observation["as_of"]
        as_of = as_of if isinstance(as_of, datetime) else instant(as_of) or EPOCH
        if observation.get("src") == "transaction" or "purchaseDetails" in body:
            sold.append((body, as_of))
        elif observation.get("src") not in ("feedback", "quote", "attribution"):
            rows.append(Row(body, as_of))
    if len(rows) > 1:
        rows.sort(key=lambda row: row.version)
    history = History(rows, read_sales(sold), date.fromisoformat(today) if isinstance(today, str) else today)
    return history.summary()


class History:
    """The facts that are kept apart from the current row, and the state that follows from both."""

    def __init__(self, rows: Sequence[Row], sales: Sequence[Sale], today: date) -> None:
        self.rows, self.sales, self.today = rows, sales, today

    def summary(self) -> dict[str, Any]:
        """The answer of `licence_state`."""
        state = self.state
        return {
            "state": state,
            "episodes": len(self.episodes),
            "won_on": _iso(self.won_on),
            "started_on": _iso(self.episode or self.start),
            "ends_on": _iso(self.end),
            "last_observed": _iso(self.last_observed),
            "returning": state in EVALUATING_STATES and self.came_back,
            "next_change_on": _iso(self.next_change_on),
        }

    def known(self, name: str) -> date | None:
        """The newest known day of a field: nothing known never overwrites something known (rule 4)."""
        return next((found for row in reversed(self.rows) if (found := row.on(name))), None)

    @once
    def current(self) -> Row | None:
        return self.rows[-1] if self.rows else None

    @once
    def end(self) -> date | None:
        # Forge tells the end of a trial and no maintenance: it counts where nobody has told of one.
        evaluates = self.current is not None and self.current.kind == "evaluation"
        return self.known("maintenanceEndDate") or (self.known("evaluationEndDate") if evaluates else None)

    @once
    def start(self) -> date | None:
        return self.known("maintenanceStartDate")

    @once
    def episodes(self) -> set[date]:
        """The starts of the evaluations. Only where no row names one does an older field stand in: it drifts."""
        named = {found for row in self.rows if (found := row.on("latestEvaluationStartDate"))}
        if named:
            return named
        stand_ins = [
            found
            for row in self.rows
            if row.kind == "evaluation" and (found := row.on("evaluationStartDate") or row.on("maintenanceStartDate"))
        ]
        return {min(stand_ins)} if stand_ins else set()

    @once
    def episode(self) -> date | None:
        """The start of the evaluation that the current row speaks of, or of the last one."""
        named = self.current.on("latestEvaluationStartDate") if self.current else None
        return named or max(self.episodes, default=None)

    @once
    def paid_since(self) -> date | None:
        return min(
            (found for row in self.rows if row.kind == "paid" and (found := row.on("maintenanceStartDate"))),
            default=None,
        )

    @once
    def wins(self) -> list[date]:
        """Every day on which the licence was bought for the first time (rule 5)."""
        sold = [found for row in self.rows if (found := row.on("evaluationSaleDate"))]
        sold += [sale.on for sale in self.sales if sale.is_new and not sale.refunded and sale.on]
        return sorted([*sold, self.paid_since] if self.paid_since else sold)

    @once
    def won_on(self) -> date | None:
        return min(self.wins, default=None)

    @once
    def refunded(self) -> bool:
        new = [sale for sale in self.sales if sale.is_new]
        return bool(new) and all(sale.refunded for sale in new)

    @once
    def came_back(self) -> bool:
        return bool(self.episode) and any(before < self.episode for before in [*self.wins, *self.episodes])  # type: ignore[operator]

    @once
    def last_observed(self) -> date | None:
        days = [found for row in self.rows if (found := row.on("lastUpdated"))]
        return max([*days, *(sale.on for sale in self.sales if sale.on)], default=None)

    @once
    def state(self) -> str:
        if self.current is None:
            return "pending_licence" if not self.sales else self._bought()
        if self.current.kind == "evaluation":
            bought_since = [win for win in self.wins if self.episode is None or win >= self.episode]
            if bought_since or (self.refunded and not self._evaluates_after_refund):
                return self._bought()
            return self._evaluation_state(self.current)
        if self.current.kind == "paid":
            return self._bought()
        return "free" if self.current.kind == "free" else "unknown_type"

    @property
    def _evaluates_after_refund(self) -> bool:
        sold = [sale.on for sale in self.sales if sale.on]
        return bool(self.episode and sold) and self.episode > max(sold)  # type: ignore[operator]

    def _evaluation_state(self, row: Row) -> str:
        if row.status == "inactive":
            return "lost_cancelled" if self._left_by_cancelling else "lost_expired"
        if row.status == "cancelled":
            return "lost_cancelled" if self._over else "cancelled"
        if not self._over:
            return "extended" if self._extended else "evaluating"
        return "grace" if self._within_grace else "lost_expired"

    def _bought(self) -> str:
        if self.refunded:
            return "refunded"
        row = self.current
        if row is None or row.kind != "paid":
            return "renewed" if self._renewed else "won"
        if row.status == "inactive":
            return "churned"
        if row.status == "cancelled":
            return "churned" if self._over else "cancelling"
        if (text(row.body.get("inGracePeriod")) or "").lower() == "yes":
            return "past_due"
        if self._over:
            return "past_due" if self._within_grace else "churned"
        return "renewed" if self._renewed else "won"

    @property
    def _over(self) -> bool:
        return self.end is not None and self.today > self.end

    @property
    def _within_grace(self) -> bool:
        return self.end is not None and self.today <= self.end + GRACE

    @property
    def _episode_rows(self) -> list[Row]:
        return [
            row
            for row in self.rows
            if row.kind == "evaluation" and row.on("latestEvaluationStartDate") in (None, self.episode)
        ]

    @property
    def _extended(self) -> bool:
        return len({row.on("maintenanceEndDate") for row in self._episode_rows} - {None}) > 1

    @property
    def _left_by_cancelling(self) -> bool:
        """Was `cancelled` the last word before `inactive`? After its end date a cancellation is no longer visible."""
        words = [row.status for row in self._episode_rows if row.status != "inactive"]
        return bool(words) and words[-1] == "cancelled"

    @property
    def _renewed(self) -> bool:
        if any(sale.is_renewal and not sale.refunded for sale in self.sales):
            return True
        paid = [
            (row.on("maintenanceStartDate"), row.on("maintenanceEndDate")) for row in self.rows if row.kind == "paid"
        ]
        first_end = min((end for _, end in paid if end), default=None)
        return first_end is not None and any(start and start >= first_end - timedelta(days=1) for start, _ in paid)

    @once
    def next_change_on(self) -> date | None:
        if self.end is None:
            return None
        turns = (self.end + timedelta(days=1), self.end + GRACE + timedelta(days=1))
        return next((turn for turn in turns if turn > self.today), None)


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None
