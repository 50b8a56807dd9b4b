"""`make demo`: the whole product on this machine, seeded, until Ctrl-C. `CHECK=1`: the main job, step by step.

`HOST=forge`: through that door, where Connect's is used otherwise.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

import requests

from sandbox.doors import PRODUCTS, Host, door_of
from sandbox.journey import Journey
from sandbox.people import Atlassian, StepError
from sandbox.stack import ROOT, Stack, StartError, port_or_free

VAR = ROOT / "var"
HOME = VAR / "demo"


def main() -> int:
    """Run the demo; the exit code of the process."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        host = _host()
        with _alone():
            _clear()
            stack = Stack(HOME, ports=(port_or_free(8080), port_or_free(8090)), settings=_settings())
            with stack:
                return _check(stack, host) if os.environ.get("CHECK") else _show(stack, host)
    except (StartError, StepError, _RefusedError) as error:
        _say(f"✗ {error}")
        return 1
    except KeyboardInterrupt:
        _say("\nStopped.")
        return 0


def _check(stack: Stack, host: Host) -> int:
    started = time.monotonic()
    for number, (title, step) in enumerate(Journey(stack, HOME / "policy", host).steps(), start=1):
        begun = time.monotonic()
        try:
            _say(f"{number}. {title}\n   ✓ {step()} ({time.monotonic() - begun:.1f} s)")
        except (StepError, TimeoutError, requests.RequestException) as error:
            _say(f"{number}. {title}\n   ✗ {error}\n   logs: {HOME}")
            return 1
    through = " through Forge" if host == "forge" else ""
    _say(f"The main job works{through}, end to end, in {time.monotonic() - started:.0f} s.")
    return 0


def _show(stack: Stack, host: Host) -> int:
    _say("Seeding …")
    seed(stack, host)
    (HOME / "env").write_text("".join(f"export {name}='{value}'\n" for name, value in stack.settings.items()))
    _say(
        f"""
Fairtrial is running. Open  {stack.sandbox_url}  and follow the page: it tells what to try.

  Prospects in Jira       {stack.sandbox_url}/jira
  Policy in Confluence    {stack.sandbox_url}/wiki
  Policy on the web       {stack.app_url}/policy/fr  (and /policy/en)
  Ready?                  {stack.app_url}/readyz
  Logs                    {HOME}
  Commands beside it      . {HOME.relative_to(ROOT)}/env && .venv/bin/flask --app app prospects list

Ctrl-C ends it."""
    )
    while (ended := stack.watch()) is None:
        time.sleep(1)
    _say(f"✗ {ended} has ended by itself; its log: {stack.log_of(ended)}")
    return 1


def seed(stack: Stack, host: Host = "connect") -> None:
    """Install the app and give it everything that a newcomer will look at."""
    atlassian = Atlassian(stack.sandbox_url)
    door = door_of(host, atlassian, stack.app_url)
    if host == "forge":
        # The pages that people open are Connect's, as the manifest carries them. Not enabled, it tells of nothing yet.
        atlassian.do("POST", "/install", {"products": PRODUCTS, "enable": False})
    door.install()
    atlassian.do("POST", "/events", {"licences": "all"})
    stack.command("sync", "marketplace")
    stack.command("policy", "publish")
    door.create_case("Confluence is slow since the upgrade")
    if host == "forge":
        atlassian.do("POST", "/enable", {"products": PRODUCTS})


def _host() -> Host:
    match os.environ.get("HOST") or "connect":
        case "connect":
            return "connect"
        case "forge":
            return "forge"
        case other:
            raise _RefusedError(f"HOST is connect or forge, not {other}")


def _settings() -> dict[str, str]:
    return {
        "FAIRTRIAL_DATABASE_URL": f"sqlite:///{HOME / 'fairtrial.db'}",
        "FAIRTRIAL_POLICY_DIR": str(HOME / "policy"),
    } | ({"FAIRTRIAL_MARKETPLACE_POLL_MINUTES": "0"} if os.environ.get("CHECK") else {})


def _clear() -> None:
    """A fresh start: the folder is the demo's own."""
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    shutil.copytree(ROOT / "policy", HOME / "policy")


@contextmanager
def _alone() -> Iterator[TextIO]:
    VAR.mkdir(exist_ok=True)
    with (VAR / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _RefusedError("a demo is running already: stop it first") from None
        yield lock


class _RefusedError(Exception):
    """The demo can't be run like this; the message says why."""


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
