"""Figures which the policy promises and which are no retention periods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.register.durations import Duration
from models.register.words import Language, Words, by_id


@dataclass(frozen=True)
class Limit:
    """A promised figure. `source`: the article or the commitment that it comes from."""

    id: str
    value: Duration | int
    source: str
    unit: Words | None = None

    def words(self, language: Language) -> str:
        """`1 mois`, `16 ans`, `72 hours`."""
        if isinstance(self.value, Duration):
            return self.value.words(language)
        return f"{self.value} {self.unit.in_(language)}" if self.unit else str(self.value)


LIMITS: Mapping[str, Limit] = by_id(
    (
        # French law draws the line below 15 (LIL art. 45); the published number is stricter, so it stays.
        Limit("guardian_age", 16, "C08", Words("ans", "years")),
        Limit("answer", Duration.parse("P1M"), "Art. 12(3) GDPR"),
        Limit("extension", Duration.parse("P2M"), "Art. 12(3) GDPR"),
        Limit("notice", Duration.parse("P1M"), "Art. 14(3)(a) GDPR, C55"),
        Limit("breach", Duration.parse("PT72H"), "Art. 33(1) GDPR, C70"),
        Limit("news_interval", Duration.parse("P30D"), "C21"),
        Limit("phone_consent", Duration.parse("P1Y"), "loi 2025-594, art. 13"),
    )
)
