"""Invented licence rows, as many as wanted, always the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

FIRST = ("Anne", "Bruno", "Chloé", "David", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jan")
LAST = ("Moreau", "Schmidt", "Rossi", "García", "Nowak", "Dubois", "Larsen", "Okafor", "Tanaka", "Silva")
APPS = tuple((f"com.alkaes.app{number}", f"Alkaes App {number}") for number in range(1, 5))


def licence_rows(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """`count` v3 rows; about two licences a person, three people an organisation."""
    chance = random.Random(seed)
    for number in range(count):
        organisation, person = number // 6, number // 2
        key, name = APPS[number % len(APPS)]
        start = date(2024, 1, 1) + timedelta(days=chance.randrange(900))
        first, last = FIRST[person % 10], LAST[person // 10 % 10]
        contact = {"email": f"{first}.{last}{person}@org{organisation}.example".lower(), "name": f"{first} {last}"}
        yield {
            "appEntitlementId": str(UUID(int=chance.getrandbits(128), version=4)),
            "appEntitlementNumber": f"E-{number // 46656:03d}-{number % 46656:05d}",
            "cloudId": str(UUID(int=organisation + 1)),
            "addonKey": key,
            "addonName": name,
            "hosting": "Cloud",
            "lastUpdated": (start + timedelta(days=1)).isoformat(),
            "licenseType": chance.choice(("EVALUATION", "EVALUATION", "EVALUATION", "COMMERCIAL")),
            "status": chance.choice(("active", "inactive", "cancelled")),
            "maintenanceStartDate": start.isoformat(),
            "maintenanceEndDate": (start + timedelta(days=30)).isoformat(),
            "latestEvaluationStartDate": start.isoformat(),
            "contactDetails": {
                "company": f"Organisation {organisation}",
                "country": "France",
                "technicalContact": contact,
                "billingContact": contact,
            },
        }
