"""What people decide for themselves, by signed links: no account, no cookie, no script. GET never changes anything."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from handlers.i18n import gettext_noop, language, translate
from handlers.parts import parts
from models.consent import SignedLink
from services import choices, links

blueprint = Blueprint("privacy", __name__)

# What the person declares; the ledger keeps a hash of the words as they were shown.
OBJECTION = gettext_noop("I object to the use of my personal data for prospecting, on every channel.")
UNSUBSCRIPTION = gettext_noop("I no longer want to be contacted for prospecting.")
UNSUBSCRIBED = gettext_noop("You are unsubscribed")
UNSUBSCRIBED_TEXT = gettext_noop("We no longer contact you for prospecting. You need do nothing more.")


@blueprint.get("/privacy/choices/<token>", endpoint="choices")
def choices_page(token: str) -> str:
    """What we hold, where it is from, how it may be used, and the form to object."""
    p = parts()
    with p.database.read() as session:
        shown = choices.view(session, p.vault, _link(session, token, "choices"))
    done = "done" in request.args and shown["objected"]
    page = "public/choices_done.html" if done else "public/choices.html"
    return render_template(page, token=token, choices=shown, statement=translate(language(), OBJECTION))


@blueprint.post("/privacy/choices/<token>")
def choose(token: str) -> Response:
    """Object to prospecting. A second time changes nothing."""
    if request.form.to_dict() != {"action": "object", "purpose": "prospect", "channel": "*"}:
        abort(400)
    _object(token, "choices", OBJECTION)
    return redirect(url_for("privacy.choices", token=token, done=1, lang=language()), 303)


@blueprint.get("/u/<token>")
def unsubscribe_page(token: str) -> str:
    """The question before the deed: link scanners follow every GET of a mail."""
    with parts().database.read() as session:
        _link(session, token, "unsubscribe")
    return render_template("public/unsubscribe.html", token=token, statement=translate(language(), UNSUBSCRIPTION))


@blueprint.post("/u/<token>")
def unsubscribe(token: str) -> str:
    """RFC 8058 one-click: no cookie, no redirect, no question, and it works after erasure.

    The body (`List-Unsubscribe=One-Click`, in either form encoding) is not required: the link alone says who and what,
    and no objection may be lost to a mail program that writes it in its own way.
    """
    _object(token, "unsubscribe", UNSUBSCRIPTION)
    words = {"title": UNSUBSCRIBED, "text": UNSUBSCRIBED_TEXT}
    return render_template("public/message.html", **{name: translate(language(), text) for name, text in words.items()})


def _object(token: str, kind: links.Kind, wording: str) -> None:
    p = parts()
    with p.database.write() as session:
        link = _link(session, token, kind)
        choices.object_to_prospecting(session, link, wording=translate(language(), wording), now=p.clock())


def _link(session: Session, token: str, kind: links.Kind) -> SignedLink:
    """The link, or 404: unknown, malformed, expired and of another kind look the same, so nothing can be probed."""
    p = parts()
    return links.resolve(session, p.vault, token, kind=kind, now=p.clock()) or abort(404)
