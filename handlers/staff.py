"""Pages for staff in the Jira frame: shells without personal data, and the fragments that a context token fetches."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from handlers import asking
from handlers.bodies import form, is_storable
from handlers.errors import Problem
from handlers.i18n import gettext_noop
from handlers.labels import CONSENT, READING_PURPOSES, STATES
from handlers.parts import parts
from handlers.staff_groups import Role
from services import account_ids, accounts, audit, choices, mailable, prospect_export, prospects, views
from services.notes import LONGEST
from services.prospects import BadCursorError, Filters
from services.views import TooManyViewsError

blueprint = Blueprint("staff", __name__, url_prefix="/staff")

# What the list may do without.
COLUMNS = {
    "organisation": gettext_noop("Organisation"),
    "apps": gettext_noop("App"),
    "state": gettext_noop("State"),
    "ends": gettext_noop("Ends"),
    "consent": gettext_noop("Consent"),
}
LONGEST_NAME = 40
NEWS_FIRST = "-last_observed"
ORDERS = {
    NEWS_FIRST: gettext_noop("Latest news first"),
    "last_observed": gettext_noop("Oldest news first"),
    "ends_on": gettext_noop("Earliest end first"),
    "-ends_on": gettext_noop("Latest end first"),
}


@blueprint.get("/prospects", endpoint="prospects")
def prospects_shell() -> str:
    """The page around the list."""
    return render_template("staff/app.html", start=url_for("staff.list_prospects"))


@blueprint.get("/prospect", endpoint="prospect")
def prospect_shell() -> str:
    """The page around one prospect, `?id=`."""
    prospect_id = asking.value("id") or abort(404)
    return render_template("staff/app.html", start=url_for("staff.show_prospect", prospect_id=prospect_id))


@blueprint.get("/api/prospects")
def list_prospects() -> ResponseReturnValue:
    """A page of prospects, entered in the journal. Query: `state app email q consent sort after limit`."""
    p = parts()
    query = _query()
    after, hidden, sort = asking.value("after"), _hidden(), _sort()
    # A program gets the exact number; who looks at a page gets the page at once.
    count_to = prospects.COUNTED if asking.wants_html() else None
    with p.database.write() as session:
        try:
            page = prospects.list_prospects(
                session, p.vault, Filters(**query), limit=asking.limit(), after=after, sort=sort, count_to=count_to
            )
        except BadCursorError:
            raise Problem(400, "bad-cursor", "after is not a cursor of this list") from None
        audit.record_list(session, page["items"], actor=asking.actor(), purpose=asking.purpose(), now=p.clock())
    if not asking.wants_html():
        return jsonify(page)
    with p.database.read() as session:
        kept = views.of(session, asking.actor())
    shown = {
        "page": page,
        "query": query | {"hide": ",".join(hidden) or None, "sort": None if sort == NEWS_FIRST else sort},
        "after": after,
        "hidden": hidden,
    }
    choices_there = {
        "states": STATES,
        "consents": CONSENT,
        "columns": COLUMNS,
        "orders": ORDERS,
        "purposes": READING_PURPOSES,
    }
    return render_template("staff/fragments/list.html", today=p.clock().date(), views=kept, **shown, **choices_there)


@blueprint.get("/api/prospects.csv")
def export() -> ResponseReturnValue:
    """What the list is narrowed to, as a file; whoever is on it is in the journal. Query: as the list's, `purpose`."""
    p = parts()
    purpose, now = asking.purpose(), p.clock()
    with p.database.write() as session:
        made = prospect_export.export(session, p.vault, Filters(**_query()), purpose=purpose, now=now)
        detail = {"ids": [item["id"] for item in made.items], "left_out": made.left_out}
        audit.record(
            session,
            actor=asking.actor(),
            action="prospects.export",
            subject=None,
            purpose=purpose,
            now=now,
            detail=detail,
        )
    headers = {"Content-Disposition": 'attachment; filename="prospects.csv"', "X-Left-Out": str(made.left_out)}
    return Response(made.text, mimetype="text/csv", headers=headers)


@blueprint.post("/api/views")
def keep_view() -> ResponseReturnValue:
    """Keep the filters in use under a `name`, for this account; gives all its views."""
    given = form()
    name = " ".join(given.get("name", "").split())
    if not 0 < len(name) <= LONGEST_NAME or not is_storable(name):
        raise Problem(400, "bad-name", f"name has 1 to {LONGEST_NAME} characters")
    query = {key: given.get(key, "")[: asking.LONGEST_VALUE] for key in views.KEPT}
    with parts().database.write() as session:
        try:
            views.keep(session, asking.actor(), name, query, parts().clock())
        except TooManyViewsError:
            raise Problem(409, "too-many-views", "drop a view first") from None
        kept = views.of(session, asking.actor())
    return _views(kept)


@blueprint.post("/api/views/<view_id>/drop")
def drop_view(view_id: str) -> ResponseReturnValue:
    """Forget a view of this account; gives the rest."""
    if not (view_id.isascii() and view_id.isdigit() and len(view_id) < 10):
        abort(404)
    with parts().database.write() as session:
        views.drop(session, asking.actor(), int(view_id))
        kept = views.of(session, asking.actor())
    return _views(kept)


def _views(kept: list[dict[str, Any]]) -> ResponseReturnValue:
    return (
        render_template("staff/fragments/views.html", views=kept) if asking.wants_html() else jsonify({"views": kept})
    )


def _query() -> dict[str, str | None]:
    return {name: asking.value(name) for name in ("state", "app", "email", "q", "consent")}


def _sort() -> str:
    wanted = asking.value("sort") or NEWS_FIRST
    if wanted not in ORDERS:
        raise Problem(400, "unknown-sort", f"sort is one of {', '.join(ORDERS)}")
    return wanted


def _hidden() -> list[str]:
    wanted = {name for given in request.args.getlist("hide")[:20] for name in given.split(",")[:20]}
    return [name for name in COLUMNS if name in wanted]


@blueprint.get("/api/prospects/<prospect_id>")
def show_prospect(prospect_id: str) -> ResponseReturnValue:
    """One prospect. Each reading names its purpose and is in the journal, or does not happen."""
    p = parts()
    now = p.clock()
    purpose = asking.purpose()
    with p.database.write() as session:
        found = prospects.show_prospect(session, p.vault, prospect_id) or abort(404)
        audit.record(
            session,
            actor=asking.actor(),
            action="prospect.read",
            subject=prospect_id,
            purpose=purpose,
            now=now,
            detail=None,
        )
        gate = {
            "mailable": prospect_id in mailable.mailable(session, [prospect_id], now),
            "mail_state": _by_mail(found),
            "account": accounts.account_of(session, prospect_id),
            "me": account_ids.known_ref(session, asking.actor()),
        }
    if not asking.wants_html():
        return jsonify(found)
    around = {
        "purpose": purpose,
        "today": now.date(),
        "longest_note": LONGEST,
        "officer": Role.OFFICER in g.caller.roles,
    }
    return render_template("staff/fragments/prospect.html", prospect=found, **around, **gate)


def _by_mail(found: dict[str, Any]) -> str:
    """The state of prospecting by e-mail."""
    states = (row["state"] for row in found["consent"] if (row["purpose"], row["channel"]) == ("prospect", "email"))
    return next(states, "unknown")


@blueprint.post("/api/prospects/<prospect_id>/choices-link")
def choices_link(prospect_id: str) -> ResponseReturnValue:
    """A link that staff hand to the person, in their journal: `{"url"}`."""
    p = parts()
    with p.database.write() as session:
        token = choices.link_for(session, p.vault, prospect_id, actor=asking.actor(), now=p.clock()) or abort(404)
    url = p.settings.base_url + url_for("privacy.choices", token=token)
    return render_template("staff/fragments/link.html", url=url) if asking.wants_html() else jsonify({"url": url})
