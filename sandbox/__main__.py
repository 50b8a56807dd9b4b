"""`python -m sandbox`: the sandbox Atlassian on its own."""

from __future__ import annotations

import argparse
import signal
import sys
from types import FrameType

from sandbox.server import Sandbox
from sandbox.state import DEVELOPER_ID


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="The sandbox Atlassian, on this machine only."
    )
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--app-url", default="http://localhost:8080")
    parser.add_argument("--webhook-secret", help="whsec_…; made if not given")
    parser.add_argument("--marketplace-user", default="vendor@alkaes-example.fr")
    parser.add_argument("--marketplace-token", help="made if not given")
    parser.add_argument("--developer-id", default=DEVELOPER_ID)
    return parser.parse_args()


def _stop(_: int, __: FrameType | None) -> None:
    raise SystemExit(0)


def main() -> None:
    """Serve until interrupted or told to end."""
    given = arguments()
    sandbox = Sandbox(
        given.app_url,
        given.port,
        webhook_secret=given.webhook_secret,
        marketplace_user=given.marketplace_user,
        marketplace_token=given.marketplace_token,
        developer_id=given.developer_id,
    )
    signal.signal(signal.SIGTERM, _stop)
    sys.stdout.write(f"Sandbox Atlassian: {sandbox.url} (settings for the app: {sandbox.url}/_sandbox/state)\n")
    sys.stdout.flush()
    try:
        sandbox.serve_forever()
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
