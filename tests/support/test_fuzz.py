"""Samples spoiled in every way end in an answer, in time, without a secret, and leave the reader alive."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from services.support import extract, limits
from tests.contracts import CONTRACTS
from tests.fuzz import target
from tests.support.mutations import CHAINS, Mutation, mutated

FOLDERS = ("application_xml", "atlassian", "compose", "config", "hostile", "logs", "paste", "sbom", "systeminfo", "zip")
SAMPLES = sorted(path for name in FOLDERS for path in (CONTRACTS / "support" / name).glob("*"))
# What the samples hold of people and of secrets, and what is added to each that is text.
PLANTED = b"my_app_password_new = Planted-EXAMPLE-1\n-Ddb.pwd=Planted-EXAMPLE-2 planted@example.test\n"
SECRETS = (
    *("Planted-EXAMPLE", "planted@example.test", "strong-password-EXAMPLE", "hunter2-EXAMPLE", "camille.exemple"),
    *("Camille Exemple", "192.0.2.1", "WIN-EXAMPLE", "BXXX-XXXX", "BYYY-YYYY", "SEN-", "example.test"),
)
# Interface: never more than 20 s a file.
SECONDS = 20

pytestmark = pytest.mark.skipif(not SAMPLES, reason="contract data is absent: support")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sample=st.sampled_from(SAMPLES or [Path()]), chain=CHAINS, planted=st.booleans())
def test_any_spoiled_sample_is_answered(sample: Path, chain: list[Mutation], planted: bool, tmp_path: Path) -> None:
    data = sample.read_bytes()
    path = tmp_path / "attachment"
    path.write_bytes(mutated(PLANTED + data if planted and b"\x00" not in data else data, chain))
    started = time.monotonic()
    answer = extract([path])
    assert time.monotonic() - started < SECONDS
    file = answer["files"][0]
    event(f"{file['status']} {file['reason']}")
    assert file["status"] in ("parsed", "unknown", "refused")
    assert (file["reason"] is None) == (file["status"] == "parsed")
    assert bool(answer["components"]) <= (file["status"] == "parsed")
    assert len(answer["components"]) <= limits.MAX_COMPONENTS
    told = json.dumps(answer, ensure_ascii=False)
    assert [secret for secret in SECRETS if secret in told] == []


@settings(max_examples=150, deadline=None)
@given(sample=st.sampled_from(SAMPLES or [Path()]), chain=CHAINS)
def test_every_way_to_fail_has_a_name(sample: Path, chain: list[Mutation]) -> None:
    event(target.read(mutated(sample.read_bytes(), chain)))


def test_the_reader_is_alive_after_all_that(tmp_path: Path) -> None:
    path = tmp_path / "attachment"
    for sample in SAMPLES[::9]:
        path.write_bytes(mutated(sample.read_bytes(), [("zipped", 0, 1), ("flipped", 500, 300)]))
        extract([path])
    path.write_bytes((CONTRACTS / "support" / "config" / "java-version.txt").read_bytes())
    assert extract([path])["components"][0]["version"] == "17.0.11"
