"""`python -m sandbox` starts, says where it is, and ends when told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]


def test_it_starts_and_ends_without_showing_a_token() -> None:
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--port",
        "0",
        "--marketplace-token",
        "tok-1",
        "--webhook-secret",
        "whsec_eHg=",
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = line.split()[2]
        settings = requests.get(f"{url}/_sandbox/state", timeout=10).json()["settings"]
        requests.get(f"{url}/rest/api/3/myself?jwt=secret-token", timeout=10)
    finally:
        process.terminate()
        rest, _ = process.communicate(timeout=15)
    assert (settings["marketplace_token"], settings["webhook_secret"]) == ("tok-1", "whsec_eHg=")
    assert process.returncode == 0
    assert "tok-1" not in line + rest
    assert "secret-token" not in rest
