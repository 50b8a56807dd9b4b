"""Is everything connected? Each point with its state, the reason, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from handlers.i18n import gettext_noop as _
from handlers.parts import Parts
from models import schema
from services import signs

# What a point can be: it works; a person should look; it is switched off because a setting is missing.
FINE, LOOK, OFF = "fine", "look", "off"


@dataclass(frozen=True)
class Point:
    """`text` and `todo` are messages to be translated; `setting` names what to set; `since` tells its last
    sign of life."""

    key: str
    state: str
    title: str
    text: str
    todo: str = ""
    setting: str = ""
    since: datetime | None = None


def points(parts: Parts) -> list[dict[str, Any]]:
    """Every point, the ones that need somebody first; `since` as ISO text or None."""
    with parts.database.read() as session:
        seen = signs.of_life(session, parts.clock())
    found = [*_sites(seen), *_marketplace(parts, seen), *_running(parts, seen), *_work(parts, seen)]
    order = [LOOK, OFF, FINE]
    shown = [asdict(point) | {"since": point.since.isoformat() if point.since else None} for point in found]
    return sorted(shown, key=lambda point: order.index(point["state"]))


def _sites(seen: Mapping[str, Any]) -> Iterator[Point]:
    titles = {"jira": "Jira", "confluence": "Confluence"}
    for product, title in titles.items():
        state = seen["tenants"].get(product)
        since = seen["last_event"].get(product)
        if state == "enabled":
            yield Point(product, FINE, title, _("The app is installed and switched on."), since=since)
        elif state in ("installed", "disabled"):
            todo = _("Switch the app on under “Manage apps”.")
            yield Point(product, LOOK, title, _("The app is installed, but switched off."), todo, since=since)
        else:
            todo = _("Install the app on the site, and check that ALLOWED_SITES names it.")
            yield Point(product, LOOK, title, _("The app is not installed there."), todo, "FAIRTRIAL_ALLOWED_SITES")


def _marketplace(parts: Parts, seen: Mapping[str, Any]) -> Iterator[Point]:
    settings = parts.settings
    reports, events = _("Marketplace reports"), _("Marketplace events")
    finished = max(seen["feeds"].values(), default=None)
    if settings.marketplace_token is None:
        todo = _("Set the developer id, user and API token of the vendor’s account.")
        yield Point(
            "reports", OFF, reports, _("No account is set, so nothing is fetched."), todo, "FAIRTRIAL_MARKETPLACE_TOKEN"
        )
    elif finished is None:
        todo = _("Run: flask --app app sync marketplace")
        yield Point("reports", LOOK, reports, _("Nothing has been fetched yet."), todo)
    else:
        yield Point("reports", FINE, reports, _("Licences and transactions are fetched."), since=finished)
    last = seen["last_event"].get("marketplace")
    if not settings.marketplace_webhook_secrets:
        todo = _("Set the secret that signs the events.")
        yield Point(
            "events",
            OFF,
            events,
            _("No secret is set, so events are refused."),
            todo,
            "FAIRTRIAL_MARKETPLACE_WEBHOOK_SECRETS",
        )
    elif last is None:
        todo = _("Send a test event to /webhooks/marketplace.")
        yield Point("events", LOOK, events, _("No event has come yet."), todo)
    else:
        yield Point("events", FINE, events, _("Signed events arrive."), since=last)


def _running(parts: Parts, seen: Mapping[str, Any]) -> Iterator[Point]:
    worker, aside = _("Worker"), _("Quarantine")
    if seen["stuck"]:
        yield Point(
            "worker", LOOK, worker, _("Events wait for more than a quarter of an hour."), _("Start the worker process.")
        )
    else:
        yield Point("worker", FINE, worker, _("What comes in is worked on."))
    if seen["put_aside"]:
        yield Point(
            "put_aside", LOOK, aside, _("Some events were not understood."), _("Look at them on the page Quarantine.")
        )
    else:
        yield Point("put_aside", FINE, aside, _("Nothing was put aside."))
    database = _("Database")
    if schema.is_current(parts.database):
        yield Point("database", FINE, database, _("Its schema is the newest."))
    else:
        yield Point("database", LOOK, database, _("Its schema is an older one."), _("Run: flask --app app db upgrade"))
    if not parts.settings.secret_keys:
        todo = _("Set keys of your own before real data comes in.")
        yield Point("keys", LOOK, _("Keys"), _("A key made on this machine is used."), todo, "FAIRTRIAL_SECRET_KEYS")
    else:
        yield Point("keys", FINE, _("Keys"), _("Personal data is sealed with your keys."))


def _work(parts: Parts, seen: Mapping[str, Any]) -> Iterator[Point]:
    settings = parts.settings
    support, policy, mail = _("Support cases"), _("Policy pages"), _("Letters")
    if settings.support_projects:
        yield Point(
            "support", FINE, support, _("Cases of the support projects are read."), since=seen["last_event"].get("jira")
        )
    else:
        todo = _("Name the Jira projects that hold support cases.")
        yield Point(
            "support", OFF, support, _("No project is named, so no case is read."), todo, "FAIRTRIAL_SUPPORT_PROJECTS"
        )
    if not settings.policy_space:
        todo = _("Name the Confluence space of the policy.")
        yield Point(
            "policy",
            OFF,
            policy,
            _("No space is named, so the policy is on the web alone."),
            todo,
            "FAIRTRIAL_POLICY_SPACE",
        )
    elif seen["pages"] and set(seen["pages"].values()) == {"published"}:
        yield Point("policy", FINE, policy, _("The policy stands in Confluence in both languages."))
    else:
        yield Point(
            "policy", LOOK, policy, _("The policy is not published in both languages."), _("Look at the page Policy.")
        )
    if settings.smtp_url:
        yield Point("letters", FINE, mail, _("Letters are sent by your mail server."))
    else:
        todo = _("Set the mail server; letters wait until then, and none is dropped.")
        yield Point("letters", OFF, mail, _("Letters are written, but not sent."), todo, "FAIRTRIAL_SMTP_URL")
    exchange = _("Exchange with Atlassian")
    if settings.exchange_url:
        yield Point("exchange", FINE, exchange, _("Packages can be sent to a service desk."))
    else:
        todo = _("Set a service desk if there is one; until then packages are handed over by file.")
        yield Point("exchange", OFF, exchange, _("No service desk is set."), todo, "FAIRTRIAL_EXCHANGE_URL")
    notices, told = _("Notices to evaluators"), seen["notices"]
    if told["overdue"]:
        todo = _("Set the mail server, or run: flask --app app notices send")
        yield Point("notices", LOOK, notices, _("Somebody should have been told already; the law gives a month."), todo)
    elif told["undeliverable"]:
        todo = _("Look at them on the page Quarantine.")
        yield Point("notices", LOOK, notices, _("A mail server refused the notice to somebody."), todo)
    else:
        yield Point("notices", FINE, notices, _("Evaluators are told in time where their details are from."))
