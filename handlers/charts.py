"""Figures of the dashboards as rows of charts: `{label, value, note, tone, short}`, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from handlers import i18n, labels
from handlers.i18n import gettext_noop, language, translate

STEPS = {
    "evaluated": gettext_noop("Evaluations started"),
    "bought": gettext_noop("Bought a licence"),
    "customers": gettext_noop("Still customers"),
    "renewed": gettext_noop("Renewed at least once"),
}
TODAY, WITHIN = gettext_noop("by today"), gettext_noop("within %(days)s days")
OTHERS = gettext_noop("Others")
ENDED, ENDS = gettext_noop("Support ended on %(day)s"), gettext_noop("Support ends on %(day)s")
UP_TO, LONGER = gettext_noop("up to %(days)s days"), gettext_noop("longer")


def rows_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """The rows of each chart by its name, from what `services.dashboards.figures` gives."""
    return {
        "funnel": list(_funnel(found["funnel"])),
        "spans": [_row(_span(one["upto"]), one["count"]) for one in found["spans"]],
        "states": [_coded(one, "state") for one in found["states"]],
        "consents": [_coded(one, "consent") for one in found["consent"]],
        "ways": [_row(_spoken(one["channel"]), one["count"]) for one in found["ways"]],
        "reasons": [_row(_reason(one), one["count"]) for one in found["reasons"]],
        "ends": [_row(_by(one["days"]), one["count"]) for one in found["ends"]],
        "fleet": {kind: [_release(one) for one in rows] for kind, rows in found["fleet"].items()},
        "ending": [_release(one) for one in found["ending"]],
        "ingest": [_row(i18n.short_date(one["day"]), one["count"]) for one in found["ingest"]],
    }


def _funnel(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    whole = steps[0]["count"]
    for step in steps:
        note = ""
        if whole and step is not steps[0]:
            note = i18n.percent(100 * step["count"] / whole)
        yield _row(translate(language(), STEPS[step["step"]]), step["count"], note=note)


def _span(upto: int | None) -> str:
    if upto is None:
        return translate(language(), LONGER)
    return translate(language(), UP_TO) % {"days": i18n.number(upto)}


def _by(days: int) -> str:
    if days == 0:
        return translate(language(), TODAY)
    return translate(language(), WITHIN) % {"days": i18n.number(days)}


def _reason(one: Mapping[str, Any]) -> str:
    return " · ".join(_spoken(one[name]) for name in ("reason", "kind") if one[name]).capitalize()


def _spoken(code: str) -> str:
    return code.replace("-", " ").replace("_", " ").capitalize()


def _release(one: Mapping[str, Any]) -> dict[str, Any]:
    if one["name"] is None:
        return _row(translate(language(), OTHERS), one["customers"])
    support = one["support"] or {"state": "", "until": None}
    tone = {"ended": "danger", "soon": "warning"}.get(support["state"], "")
    note = ""
    if tone:
        note = translate(language(), ENDED if tone == "danger" else ENDS) % {"day": i18n.short_date(support["until"])}
    return _row(f"{one['name']} {one['cycle'] or ''}".strip(), one["customers"], note=note, tone=tone)


def _coded(one: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return _row(labels.label(one["state"], kind), one["count"], tone=labels.tone(one["state"], kind))


def _row(label: str, value: int, *, note: str = "", tone: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "note": note, "tone": tone, "short": label}
