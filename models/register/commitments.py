"""The promises of the policy that software carries out, by number (reference: commitments.md, section 1)."""

from __future__ import annotations

LAST_COMMITMENT = 86
COMMITMENTS: tuple[str, ...] = tuple(f"C{number:02}" for number in range(1, LAST_COMMITMENT + 1))
