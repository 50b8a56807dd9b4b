"""Errors: RFC 9457 problem+json for machines, a plain page for people. No input, trace or token in either."""

from __future__ import annotations

import json

import structlog
from flask import Flask, Response, render_template, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from connect.http import UpstreamError
from connect.tokens import TokenError
from connect.webhooks import SignatureError
from handlers.forge_page import as_page
from handlers.i18n import LANGUAGES, gettext_noop, language, translate
from handlers.logs import frames_of

log = structlog.get_logger(__name__)

MACHINE_PATHS = (
    "/staff/api/",
    "/support/api/",
    "/webhooks/",
    "/connect/",
    "/forge/",
    "/metrics",
    "/readyz",
    "/healthz",
)

TITLES = {
    400: gettext_noop("The request is not understood"),
    401: gettext_noop("You are not signed in"),
    403: gettext_noop("You may not see this page"),
    404: gettext_noop("There is nothing here"),
    405: gettext_noop("This is not possible here"),
    409: gettext_noop("This has changed meanwhile"),
    413: gettext_noop("This is too large"),
    429: gettext_noop("Too many requests"),
    500: gettext_noop("Something went wrong on our side"),
    503: gettext_noop("We can't answer just now"),
}
TEXTS = {
    404: gettext_noop("The link is incomplete, has expired or never existed. Please check that you copied it whole."),
    503: gettext_noop("Please try again in a moment."),
}


class Problem(Exception):
    """A refusal with a stable `code`. `detail` is in plain words and repeats nothing of the input."""

    def __init__(self, status: int, code: str, detail: str = "", retry_after: int | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.detail, self.retry_after = status, code, detail, retry_after


def init_app(app: Flask) -> None:
    """Answer every error in the form that its caller reads."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(TokenError, _refuse_token)
    app.register_error_handler(SignatureError, _refuse_signature)
    app.register_error_handler(UpstreamError, _upstream)
    app.register_error_handler(OperationalError, _overloaded)
    app.register_error_handler(PoolTimeoutError, _overloaded)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def answer(problem: Problem) -> Response:
    """The response for a problem."""
    response = _for_machines(problem) if _is_machine() else _for_people(problem)
    response.status_code = problem.status
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _is_machine() -> bool:
    if request.path.startswith(MACHINE_PATHS):
        return True
    return prefers_json()


def prefers_json() -> bool:
    """Does the caller ask for JSON before a page? Who names neither gets the page."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _for_machines(problem: Problem) -> Response:
    body = {"type": "about:blank", "title": TITLES.get(problem.status, "Error"), "status": problem.status}
    body |= {"code": problem.code} | ({"detail": problem.detail} if problem.detail else {})
    # Forge's proxy throws a refusal away, body and all, that is not `application/json` to the letter (docs/forge.md).
    is_of_page = request.path.startswith("/forge/") and as_page()
    return Response(json.dumps(body), mimetype="application/json" if is_of_page else "application/problem+json")


def _for_people(problem: Problem) -> Response:
    title = translate(language(), TITLES.get(problem.status, TITLES[500]))
    text = translate(language(), TEXTS[problem.status]) if problem.status in TEXTS else ""
    # The address of the page may hold a token: links to its languages are told without it.
    page = render_template("public/message.html", title=title, text=text, languages_here=_languages)
    return Response(page, mimetype="text/html")


def _languages() -> list[tuple[str, str]]:
    return [(lang, f"?lang={lang}") for lang in LANGUAGES]


def _refuse_token(error: TokenError) -> Response:
    # The same answer whatever was wrong: a refusal that tells which check failed helps whoever is guessing.
    log.info("token.refused", code=error.code, endpoint=request.endpoint)
    return answer(Problem(401, "token-refused"))


def _refuse_signature(error: SignatureError) -> Response:
    log.info("signature.refused", code=error.code, endpoint=request.endpoint)
    return answer(Problem(401, "signature-refused"))


def _upstream(error: UpstreamError) -> Response:
    log.warning("upstream.failed", outcome=error.outcome, endpoint=request.endpoint)
    return answer(Problem(503, "upstream", retry_after=error.retry_after or 30))


def _overloaded(error: Exception) -> Response:
    # The database is down, locked or out of connections: nothing was stored, so whoever called has to come again.
    log.error("database.unavailable", kind=type(error).__name__, endpoint=request.endpoint)
    return answer(Problem(503, "overloaded", retry_after=5))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    known = answer(Problem(status, (error.name or "error").lower().replace(" ", "-")))
    if status == 405:
        known.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or [])
    return known


def _unexpected(error: Exception) -> Response:
    # gunicorn finds a malformed chunk only while the body is being read.
    if type(error).__module__ == "gunicorn.http.errors":
        return answer(Problem(400, "bad-request"))
    # The message of an exception may hold personal data; where it came from and of what kind it is says enough.
    frames = frames_of(error.__traceback__)
    log.error("request.failed", kind=type(error).__name__, endpoint=request.endpoint, frames=frames)
    return answer(Problem(500, "internal"))
