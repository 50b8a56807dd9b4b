"""Asking for one's rights, by anybody: a form, a mailed link, and everything that is held. No cookie, no script.

The form answers the same for every address, known or not, and does the same work; who reads the mailbox learns the
rest. GET never changes anything.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, abort, render_template, request, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as Redirect

from handlers.bodies import is_storable
from handlers.errors import Problem
from handlers.i18n import language
from handlers.parts import parts
from models.rights import Right
from services.rights import BadRequestError, NewRequest, budget, cases, desk, subject
from services.rights.formats import as_csv, as_vcard

blueprint = Blueprint("privacy_request", __name__, url_prefix="/privacy")

FIELDS = ("kind", "email", "details")
FORMATS = {
    "json": ("application/json", "json"),
    "csv": ("text/csv", "csv"),
    "vcard": ("text/vcard", "vcf"),
}


@blueprint.get("/request")
def form() -> str:
    """The form; after it was sent, that it was."""
    page = "public/request_sent.html" if "sent" in request.args else "public/request.html"
    return render_template(page, rights=list(Right), wrong=False, given=dict.fromkeys(FIELDS, ""))


@blueprint.post("/request")
def ask() -> Redirect | tuple[str, int]:
    """Take a request: whether the address is known changes nothing of what is done and said here."""
    p = parts()
    now = p.clock()
    given = {name: request.form.get(name, "").strip() for name in FIELDS}
    new = NewRequest(given["kind"], given["email"], "web", language(), now, given["details"] or None)
    try:
        if not all(is_storable(value) for value in given.values()):
            raise BadRequestError("not text")
        cases.checked(new, now)
    except BadRequestError:
        return render_template("public/request.html", rights=list(Right), wrong=True, given=given), 400
    with p.database.write() as session:
        fine = budget.may_call(session, p.vault, network=budget.network_of(caller_address()), now=now)
        if fine:
            desk.ask(session, p.vault, new, now=now)
    if not fine:
        raise Problem(429, "too-many-requests", retry_after=int(budget.WINDOW.total_seconds()))
    p.jobs.wake_outbox()
    return redirect(url_for("privacy_request.form", sent=1, lang=language()), 303)


@blueprint.get("/request/<token>")
def confirm_page(token: str) -> str:
    """The question before the deed: scanners follow every link of a mail."""
    p = parts()
    with p.database.read() as session:
        asked = desk.confirmed(session, p.vault, token, now=p.clock()) or abort(404)
        waits = desk.waits_for_confirmation(asked)
    return render_template("public/request_confirm.html", token=token, case=asked, waits=waits)


@blueprint.post("/request/<token>")
def confirm(token: str) -> str:
    """The request is theirs. A second time changes nothing."""
    p = parts()
    with p.database.write() as session:
        asked = desk.confirm(session, p.vault, token, now=p.clock()) or abort(404)
    p.jobs.wake_outbox()
    return render_template("public/request_confirmed.html", case=asked, done=desk.is_done(asked))


@blueprint.get("/export/<token>")
def export_page(token: str) -> str:
    """Everything that is held about the person, to be read, and the buttons to take it along."""
    p = parts()
    with p.database.read() as session:
        told = subject.view(session, p.vault, token, language=_lang(), now=p.clock()) or abort(404)
    return render_template("public/export.html", token=token, told=told, formats=list(FORMATS))


@blueprint.post("/export/<token>")
def download(token: str) -> Response:
    """The same as a file: `format` json, csv or vcard. That it was taken is on file."""
    p = parts()
    wanted = request.form.get("format", "")
    media_type, ending = FORMATS.get(wanted) or abort(400)
    with p.database.write() as session:
        told = subject.view(session, p.vault, token, language=_lang(), now=p.clock()) or abort(404)
        subject.note_download(session, p.vault, token, wanted, now=p.clock())
        content = {
            "json": lambda: json.dumps(told, ensure_ascii=False, indent=1),
            "csv": lambda: as_csv(told),
            "vcard": lambda: as_vcard(told["provided"]),
        }[wanted]()
    answer = Response(content, mimetype=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="personal-data.{ending}"'
    return answer


def _lang() -> subject.Language:
    return "fr" if language() == "fr" else "en"


def caller_address() -> str | None:
    """Who calls, as far as it is to be believed: what our own proxies have added, never what the caller wrote."""
    trusted = parts().settings.trusted_proxies
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    return hops[-trusted] if trusted and len(hops) >= trusted else request.remote_addr
