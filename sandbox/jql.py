"""A small part of JQL: `AND` of simple clauses. What it cannot read it refuses, as Jira refuses what it cannot."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sandbox.issues import Issue

Test = Callable[[Issue], bool]
CLAUSE = re.compile(
    r"""^\s*(?P<field>[\w.]+|issue\.property\[[^\]]+\]\.[\w.]+)\s*
    (?P<op>not\s+in|in|is\s+not|is|!=|>=|<=|=|>|<|~)\s*(?P<value>.+?)\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
AGO = re.compile(r"^-(\d+)([mhdw])$")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class BadJqlError(ValueError):
    """The query could not be read; the text is what Jira would show."""


def select(issues: list[Issue], jql: str) -> list[Issue]:
    """The issues that `jql` finds, in its order (newest first when it names none)."""
    where, _, order = _split_order(jql)
    if not where.strip():
        raise BadJqlError("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
    tests = [_clause(part) for part in re.split(r"\s+and\s+", where, flags=re.IGNORECASE)]
    found = [issue for issue in issues if all(test(issue) for test in tests)]
    return _ordered(found, order)


def _split_order(jql: str) -> tuple[str, str, str]:
    where, *order = re.split(r"\border\s+by\b", jql, maxsplit=1, flags=re.IGNORECASE)
    return where, "", order[0] if order else "created DESC"


def _ordered(found: list[Issue], order: str) -> list[Issue]:
    for part in reversed(order.split(",")):
        name, _, way = part.strip().partition(" ")
        keys: dict[str, Callable[[Issue], object]] = {
            "created": lambda issue: issue.created,
            "updated": lambda issue: issue.updated,
            "key": lambda issue: (issue.project_key, int(issue.issue_id)),
            "id": lambda issue: int(issue.issue_id),
        }
        key = keys.get(name.lower())
        if key is None:
            raise BadJqlError(f"Field '{name}' does not exist or you do not have permission to view it.")
        found = sorted(found, key=key, reverse=way.strip().lower() == "desc")  # type: ignore[arg-type]
    return found


def _clause(text: str) -> Test:
    match = CLAUSE.match(text)
    if match is None:
        raise BadJqlError(f"Error in the JQL Query: could not read '{text.strip()}'.")
    name, op = match["field"], re.sub(r"\s+", " ", match["op"].lower())
    if name.lower() in ("created", "updated"):
        return _when(name.lower(), op, match["value"])
    return _membership(name, op, _values(match["value"]))


def _values(text: str) -> list[str]:
    inner = text[1:-1].split(",") if text.startswith("(") and text.endswith(")") else [text]
    return [value.strip().strip("\"'").lower() for value in inner]


def _membership(name: str, op: str, values: list[str]) -> Test:
    read = _reader(name)
    if op in ("=", "in"):
        return lambda issue: bool(read(issue) & set(values))
    if op in ("!=", "not in"):
        return lambda issue: not read(issue) & set(values)
    if op == "~":
        return lambda issue: any(values[0].strip("*") in text for text in read(issue))
    raise BadJqlError(f"The operator '{op}' is not supported by the '{name}' field.")


def _reader(name: str) -> Callable[[Issue], set[str]]:
    readers: dict[str, Callable[[Issue], set[str]]] = {
        "project": lambda issue: {issue.project_key.lower()},
        "key": lambda issue: {issue.key.lower()},
        "issuekey": lambda issue: {issue.key.lower()},
        "issue": lambda issue: {issue.key.lower()},
        "id": lambda issue: {issue.issue_id, issue.key.lower()},
        "status": lambda issue: {issue.status.lower()},
        "reporter": lambda issue: {issue.reporter.account_id.lower()},
        "labels": lambda issue: {label.lower() for label in issue.labels},
        "summary": lambda issue: {issue.summary.lower()},
        "text": lambda issue: {issue.summary.lower()},
    }
    if name.lower().startswith("issue.property["):
        return _property_reader(name)
    if name.lower() not in readers:
        raise BadJqlError(f"Field '{name}' does not exist or you do not have permission to view it.")
    return readers[name.lower()]


def _property_reader(name: str) -> Callable[[Issue], set[str]]:
    key, _, path = name[len("issue.property[") :].partition("].")

    def read(issue: Issue) -> set[str]:
        value = issue.properties.get(key)
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        found = value if isinstance(value, list) else [value]
        return {str(item).lower() for item in found if item is not None}

    return read


def _when(name: str, op: str, text: str) -> Test:
    limit = _moment(text.strip("\"'"))
    tests: dict[str, Callable[[datetime], bool]] = {
        ">=": lambda when: when >= limit,
        ">": lambda when: when > limit,
        "<=": lambda when: when <= limit,
        "<": lambda when: when < limit,
    }
    if op not in tests:
        raise BadJqlError(f"The operator '{op}' is not supported by the '{name}' field.")
    return lambda issue: tests[op](issue.created if name == "created" else issue.updated)


def _moment(text: str) -> datetime:
    ago = AGO.match(text)
    if ago:
        return datetime.now(UTC) - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    for form in ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise BadJqlError(f"Date value '{text}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', '-5d'.")
