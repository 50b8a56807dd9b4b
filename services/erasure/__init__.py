"""Erasure: plan, deed, proof.

`plan`/`plan_many` tell what is held of people and what becomes of it; `carry_out` does it within the caller's
transaction; `completion.complete` does what can only be done after its commit (searching the files for what should be
gone, and the journal outside the database); `replay` does everything again after a restore.
"""

from __future__ import annotations

from services.erasure.execution import RETENTION, Certificate, carry_out, id_of
from services.erasure.plans import Line, Plan, plan, plan_many
from services.erasure.traces import Fate

__all__ = ["RETENTION", "Certificate", "Fate", "Line", "Plan", "carry_out", "id_of", "plan", "plan_many"]
