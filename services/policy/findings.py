"""What `policy check` has to say."""

from __future__ import annotations

from typing import Literal, TypedDict

from models.register import LANGUAGES
from services.policy.errors import PolicyError
from services.policy.sources import Clause

Severity = Literal["error", "warning"]
# The text cannot even be read: nothing of it is shown or published.
_UNREADABLE = """missing-language two-documents unreadable encoding too-large too-deep empty front-matter bad-id
    duplicate-id top-heading bad-include cyclic-include unknown-placeholder not-json"""
UNREADABLE = frozenset(_UNREADABLE.split())


class Finding(TypedDict):
    """One finding, ready for JSON. `where` is file and line; an `error` stops a publication, a `warning` does not."""

    rule: str
    severity: Severity
    lang: str
    where: str
    message: str


def finding(rule: str, lang: str, clause: Clause, message: str, severity: Severity = "error") -> Finding:
    """A finding about a clause as a whole."""
    return Finding(rule=rule, severity=severity, lang=lang, where=f"{clause.file}:{clause.line}", message=message)


def of_error(error: PolicyError) -> Finding:
    """A text that cannot be read, as a finding."""
    names = error.file.lower().replace("/", ".").replace("-", ".").replace("_", ".").split(".")
    lang = next((language for language in LANGUAGES if language in names), "")
    where = f"{error.file}:{error.line}"
    return Finding(rule=error.rule, severity="error", lang=lang, where=where, message=error.message)
