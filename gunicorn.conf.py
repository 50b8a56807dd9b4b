"""gunicorn's settings. No access log: URLs hold tokens and ids of people; the app logs each request by its route."""

import gc
import os
from pathlib import Path

bind = f"0.0.0.0:{os.environ.get('PORT', '8080')}"
worker_class = "handlers.serving.DiscreetWorker"
logger_class = "handlers.serving.DiscreetLogger"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 16
# The database engine is made on first use, so after the fork.
preload_app = True
accesslog = None
errorlog = "-"
# A Connect page URL holds a token beside its context: the default of 4094 refuses long ones.
limit_request_line = 8190
# The hash of a request covers its raw path: no header may tell the app that the path is another one.
forwarder_headers = ""
graceful_timeout = 25
timeout = 60
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn's heartbeat, kept off disks


def when_ready(server: object) -> None:
    """What has been loaded stays; to look it over for garbage holds up all threads for 40 ms, again and again."""
    gc.freeze()
