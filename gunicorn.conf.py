"""gunicorn's settings. No access log: URLs hold tokens and ids of people; the app logs each request by its route."""

import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8080')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
# The database engine is made on first use, so after the fork.
preload_app = True
accesslog = None
# A Connect page URL holds a token beside its context: the default of 4094 refuses long ones.
limit_request_line = 8190
graceful_timeout = 25
timeout = 60
control_socket_disable = True
