"""Do the answers on the Marketplace's Privacy & Security tab say what the register says?

The tab is filled in by hand, and so goes its own way. FILE is what was answered: JSON or `key: value` lines. What is
compared is what the register can know: retention, recipients (sub-processors), where data goes, which data, deletion on
request, security contact, and the address of the policy. Other answers are left to whoever gave them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from models.register import Register, Vendor
from models.register.recipients import RecipientRole
from services.policy.errors import PolicyError
from services.policy.findings import Finding, Severity
from services.policy.quantities import periods_in, quantity_of, say
from services.policy.recipient_names import names_in

MAX_BYTES = 1_000_000
_NO = re.compile(r"\s*(?:no|none|false|non|aucune?|n/?a|0|not? .*)\s*\.?\s*", re.IGNORECASE)
_TOPICS = {
    "retention": r"retention|retain|conservation|deletedafter|storageperiod",
    "recipients": r"third.?part|sub.?processor|recipient|shar|destinataire|tiers",
    "personal": r"personal|pii|enduserdata|personaldata|usercontent",
    "deletion": r"delet|eras|suppress",
    "policy": r"privacypolicy|policyurl|policylink",
    "backups": r"backup|sauvegarde",
    "encryption": r"encrypt|chiffr",
    "logs": r"\blogs?\b|logging|accesslog",
    "contact": r"contact|e-?mail",
}


def check_listing(path: Path, register: Register, vendor: Vendor, base_url: str) -> list[Finding]:
    """Where the answers and the register differ; `PolicyError` where the file cannot be read."""
    answers = list(_answers(_read(path), ""))
    found = [one for key, answer in answers for one in _compare(path.name, key, answer, register, vendor, base_url)]
    asked = {_topic(key) for key, _ in answers}
    silent = sorted({"retention", "recipients", "policy"} - asked)
    message = f"nothing is answered about: {', '.join(silent)}"
    return [*found, *([_finding(path.name, "", "listing-silent", message, "warning")] if silent else [])]


def _read(path: Path) -> Any:
    name = path.name
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_BYTES:
            raise PolicyError("too-large", name, 1, f"larger than {MAX_BYTES:,} bytes")
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise PolicyError("unreadable", name, 1, f"cannot be read: {type(error).__name__}") from None
    except UnicodeDecodeError:
        raise PolicyError("encoding", name, 1, "not UTF-8") from None
    if text.lstrip().startswith(("{", "[")):
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise PolicyError("not-json", name, error.lineno, error.msg) from None
        except RecursionError:
            raise PolicyError("too-deep", name, 1, "nested too deep") from None
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line and not line.lstrip().startswith("#"))
    return {key.strip(" -*|"): value.strip(" |") for key, _, value in pairs}


def _answers(node: Any, key: str) -> Iterator[tuple[str, str]]:
    """Each answer with the path of its question; a list of question and answer pairs reads the same."""
    if isinstance(node, Mapping):
        question = next((node[name] for name in ("question", "name", "key", "id", "title") if name in node), None)
        answer = next((node[name] for name in ("answer", "value", "response") if name in node), None)
        if question is not None and answer is not None:
            yield from _answers(answer, f"{key} {question}".strip())
            return
        for name, value in node.items():
            yield from _answers(value, f"{key}.{name}".strip("."))
    elif isinstance(node, list):
        if all(isinstance(one, str) for one in node):
            yield key, ", ".join(node)
            return
        for one in node:
            yield from _answers(one, key)
    elif node is not None:
        yield key, str(node)


def _topic(key: str) -> str:
    flat = re.sub(r"[\s_-]", "", key)
    return next(
        (name for name, words in _TOPICS.items() if re.search(words, key, re.I) or re.search(words, flat, re.I)), ""
    )


def _compare(file: str, key: str, answer: str, register: Register, vendor: Vendor, base_url: str) -> Iterator[Finding]:
    no = _NO.fullmatch(answer) is not None
    match _topic(key):
        case "retention":
            yield from _retention(file, key, answer, register)
        case "recipients":
            yield from _recipients(file, key, answer, register, no=no)
        case "personal" if no:
            yield _finding(file, key, "listing-differs", "says that no personal data is processed; the register has it")
        case "deletion" if no:
            yield _finding(file, key, "listing-differs", "says no; the policy promises erasure on request (C73)")
        case "encryption" if no:
            yield _finding(file, key, "listing-differs", "says no; personal data is encrypted by the policy")
        case "policy" if re.match(r"https?://", answer) and not answer.startswith(f"{base_url}/policy"):
            message = f"leads to {answer[:80]!r}, not to {base_url}/policy/…"
            yield _finding(file, key, "listing-differs", message, "warning")
        case "contact" if "@" in answer and vendor.contact_email.casefold() not in answer.casefold():
            yield _finding(file, key, "listing-differs", "names another address than the policy", "warning")


def _retention(file: str, key: str, answer: str, register: Register) -> Iterator[Finding]:
    periods = register.periods.values()
    held = {quantity_of(duration) for one in periods for duration in (one.floor, one.ceiling)}
    if re.search(r"indefinite|forever|unlimited|indéfini|illimit", answer, re.IGNORECASE):
        yield _finding(file, key, "listing-differs", "says that data is kept without an end; every period has one")
    for quantity, words in periods_in(answer):
        if quantity not in held:
            known = ", ".join(say(one) for one in sorted(held) if one[0])
            yield _finding(file, key, "listing-differs", f"{words!r} is no period of the register ({known})")
    if re.search(r"not (?:retained|stored|kept)|does not (?:store|retain)", answer, re.IGNORECASE):
        yield _finding(file, key, "listing-differs", "says that nothing is kept; the register has periods")


def _recipients(file: str, key: str, answer: str, register: Register, *, no: bool) -> Iterator[Finding]:
    held = {
        one.name.en: one
        for one in register.recipients.values()
        if one.on and one.name.en == one.name.fr and one.role in (RecipientRole.CONTROLLER, RecipientRole.PROCESSOR)
    }
    if no:
        if held:
            message = f"says none; the register has {', '.join(held)}"
            yield _finding(file, key, "listing-differs", message)
        return
    if re.fullmatch(r"\s*(?:yes|true|oui)\s*", answer, re.IGNORECASE):
        return
    named = names_in(answer, answer)
    for name in sorted(named):
        if not any(name in known or known in name for known in held):
            yield _finding(file, key, "listing-differs", f"names {name!r}, which is no recipient of the register")
    for known in held:
        if not any(name in known or known in name for name in named):
            yield _finding(file, key, "listing-differs", f"does not name {known!r}, a recipient of the register")


def _finding(file: str, key: str, rule: str, message: str, severity: Severity = "error") -> Finding:
    where = f"{file}: {key[:80]}" if key else file
    return Finding(rule=rule, severity=severity, lang="", where=where, message=message)
