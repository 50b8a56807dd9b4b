"""The whole product as processes of this machine: the app (gunicorn), one worker and the sandbox, over real HTTP."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from sandbox.desk_requests import DESK, REQUEST_TYPE
from sandbox.forge import APP_ID as FORGE_APP_ID

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60
DEVELOPER_ID = "0d000000-0000-4000-8000-000000000001"


class StartError(Exception):
    """A process of the stack did not come up; the message tells which, and where its log is."""


class Stack:
    """App, worker and sandbox. `home` holds the logs; `settings` add to or replace those of the demo."""

    def __init__(
        self, home: Path, *, ports: tuple[int, int] = (0, 0), settings: Mapping[str, str] | None = None
    ) -> None:
        self.home = home
        app_port, sandbox_port = (port or _free_port() for port in ports)
        self.app_port = app_port
        self.app_url = f"http://localhost:{app_port}"
        self.sandbox_url = f"http://localhost:{sandbox_port}"
        self._sandbox_port = sandbox_port
        self._webhook_secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
        # In hexadecimal: a token that begins with a dash would pass for an option.
        self._marketplace_token = secrets.token_hex(24)
        self.settings = self._settings() | dict(settings or {})
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        home.mkdir(parents=True, exist_ok=True)

    def _settings(self) -> dict[str, str]:
        return {
            "FAIRTRIAL_BASE_URL": self.app_url,
            "FAIRTRIAL_ERASURE_JOURNAL": str(self.home / "erasures.journal"),
            "FAIRTRIAL_ALLOWED_SITES": f"localhost:{self._sandbox_port}",
            "FAIRTRIAL_INSTALL_KEYS_URLS": f"{self.sandbox_url}/install-keys",
            "FAIRTRIAL_FORGE_APP_ID": FORGE_APP_ID,
            "FAIRTRIAL_FORGE_JWKS_URL": f"{self.sandbox_url}/.well-known/jwks.json",
            "FAIRTRIAL_BRIDGE_URL": f"{self.sandbox_url}/all.js",
            "FAIRTRIAL_MARKETPLACE_URL": f"{self.sandbox_url}/marketplace/rest/3",
            "FAIRTRIAL_MARKETPLACE_DEVELOPER_ID": DEVELOPER_ID,
            "FAIRTRIAL_MARKETPLACE_USER": "vendor@alkaes.example",
            "FAIRTRIAL_MARKETPLACE_TOKEN": self._marketplace_token,
            "FAIRTRIAL_MARKETPLACE_WEBHOOK_SECRETS": self._webhook_secret,
            "FAIRTRIAL_SUPPORT_PROJECTS": "SUP",
            "FAIRTRIAL_EXCHANGE_URL": self.sandbox_url,
            "FAIRTRIAL_EXCHANGE_USER": "vendor@alkaes.example",
            "FAIRTRIAL_EXCHANGE_TOKEN": self._marketplace_token,
            "FAIRTRIAL_EXCHANGE_SERVICE_DESK": DESK,
            "FAIRTRIAL_EXCHANGE_REQUEST_TYPE": REQUEST_TYPE,
            "FAIRTRIAL_POLICY_SPACE": "LEGAL",
            "FAIRTRIAL_SWEEP_SECONDS": "1",
            "FAIRTRIAL_LOG_FORMAT": "json",
        }

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the app's processes: ours, without settings of another installation."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("FAIRTRIAL_")}
        return own | self.settings | {"PORT": str(self.app_port), "PYTHONUNBUFFERED": "1"}

    def start(self) -> None:
        """Start everything, and wait until the app is ready: release, web and worker, as the Procfile has them."""
        self.start_sandbox()
        released = self.command("db", "upgrade")
        if released.returncode:
            raise StartError(f"the schema could not be made: {released.stderr.strip()[-300:]}")
        self.start_web()
        self.start_worker()

    def start_sandbox(self) -> None:
        """The stand-in for Atlassian."""
        self._run(
            "sandbox",
            [
                "-m", "sandbox", "--port", str(self._sandbox_port), "--app-url", self.app_url,
                "--webhook-secret", self._webhook_secret, "--marketplace-user", "vendor@alkaes.example",
                "--marketplace-token", self._marketplace_token, "--developer-id", DEVELOPER_ID,
            ],
        )  # fmt: skip
        self._await("sandbox", f"{self.sandbox_url}/_sandbox/state")

    def start_web(self) -> None:
        """The app behind gunicorn."""
        self._run("web", ["-m", "gunicorn", "-c", "gunicorn.conf.py", "app:create_app()"])
        self._await("web", f"{self.app_url}/readyz")

    def start_worker(self) -> None:
        """One worker."""
        self._run("worker", ["-m", "flask", "--app", "app", "worker"])

    def kill(self, name: str) -> None:
        """`kill -9` of one process and all its children: no last word, no clean-up."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End every process."""
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._processes.clear()

    def command(self, *arguments: str, timeout: int = 120) -> subprocess.CompletedProcess[str]:
        """Run `flask --app app …` with the settings of this stack."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip

    def watch(self) -> str | None:
        """The name of a process that has ended by itself, if any."""
        return next((name for name, process in self._processes.items() if process.poll() is not None), None)

    def log_of(self, name: str) -> Path:
        """Where a process writes."""
        return self.home / f"{name}.log"

    def __enter__(self) -> Stack:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self, name: str, arguments: Sequence[str]) -> None:
        with self.log_of(name).open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _await(self, name: str, url: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._processes[name].poll() is None:
            with contextlib.suppress(requests.RequestException):
                if requests.get(url, timeout=5).ok:
                    return
            time.sleep(0.1)
        raise StartError(f"{name} did not start; its log: {self.log_of(name)}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_or_free(wanted: int) -> int:
    """`wanted`, unless somebody listens there already."""
    with socket.socket() as probe:
        return wanted if probe.connect_ex(("127.0.0.1", wanted)) else 0


def wait_for(what: str, probe: Any, seconds: float = 30) -> Any:
    """What `probe()` gives once it is neither None nor False; `TimeoutError` names `what` was waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = probe()
        if found:
            return found
        time.sleep(0.2)
    raise TimeoutError(f"waited {seconds:.0f} s in vain for {what}")
