"""`policy check`: do the two languages say the same, and does the text say what the register says?

Each finding is a dictionary with `rule`, `severity` (`error` stops a publication, `warning` does not), `lang`, `where`
(file and line) and `message`. Findings never contain values of settings, only what stands in the files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Literal, TypedDict

from models.register import COMMITMENTS, LANGUAGES, REGISTER, Language, Register, Vendor
from services.policy.errors import PolicyError
from services.policy.language import has_french_letters, language_of
from services.policy.markdown import links, parse, to_text
from services.policy.sources import Clause, Document, read
from services.policy.values import PLACEHOLDER, Values, fill, values_of

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_BARE_PERIOD = re.compile(r"\b\d+\s*(?:heures?|jours?|mois|ans?|années?|hours?|days?|months?|years?)\b", re.IGNORECASE)
_UNBOUNDED = re.compile(
    r"\bind[ée]finiment\b|\bindefinitely\b|\bfor ever\b|\bsans limite de (?:temps|durée)\b", re.IGNORECASE
)


class Finding(TypedDict):
    """One finding, ready for JSON."""

    rule: str
    severity: Literal["error", "warning"]
    lang: str
    where: str
    message: str


def check(policy_dir: Path, vendor: Vendor, register: Register = REGISTER) -> list[Finding]:
    """Every finding in the Markdown of `policy_dir`; an empty list when there is nothing to say."""
    try:
        documents = read(policy_dir)
    except PolicyError as error:
        return [_of_error(error)]
    return [
        *_parity(documents),
        *_commitments(documents),
        *(one for language in LANGUAGES for one in _text(documents[language], register, vendor, language)),
    ]


def _finding(
    rule: str, lang: str, clause: Clause, message: str, severity: Literal["error", "warning"] = "error"
) -> Finding:
    return Finding(rule=rule, severity=severity, lang=lang, where=f"{clause.file}:{clause.line}", message=message)


def _of_error(error: PolicyError) -> Finding:
    lang = error.file[:2] if error.file[:2] in LANGUAGES else ""
    where = f"{error.file}:{error.line}"
    return Finding(rule=error.rule, severity="error", lang=lang, where=where, message=error.message)


def _parity(documents: Mapping[Language, Document]) -> Iterator[Finding]:
    french, english = ({one.id: one for one in documents[language].clauses} for language in LANGUAGES)
    for language, here, there in (("fr", french, english), ("en", english, french)):
        for id_, clause in here.items():
            if id_ not in there:
                yield _finding("clause-missing", language, clause, f"clause {id_!r} stands in this language only")
    shared = [id_ for id_ in french if id_ in english]
    for ours, theirs in zip_longest(shared, (id_ for id_ in english if id_ in french)):
        if ours != theirs:
            yield _finding("clause-order", "en", english[theirs], f"clause {theirs!r} stands where {ours!r} is due")
            break
    for id_ in shared:
        yield from _same_clause(french[id_], english[id_])


def _same_clause(french: Clause, english: Clause) -> Iterator[Finding]:
    if french.level != english.level:
        yield _finding("clause-level", "en", english, f"level {english.level}, in French {french.level}")
    if set(french.commitments) != set(english.commitments):
        odd = ", ".join(sorted(set(french.commitments) ^ set(english.commitments)))
        yield _finding("commitments-differ", "en", english, f"in one language only: {odd}")
    for rule, of in (("values-differ", _placeholders), ("figures-differ", _figures), ("links-differ", _links)):
        ours, theirs = Counter(of(french)), Counter(of(english))
        if ours != theirs:
            only_french, only_english = sorted((ours - theirs).elements()), sorted((theirs - ours).elements())
            message = f"in French only: {_listed(only_french)}; in English only: {_listed(only_english)}"
            yield _finding(rule, "en", english, message)


def _listed(items: list[str]) -> str:
    return ", ".join(item[:80] for item in items[:10]) or "nothing"


def _placeholders(clause: Clause) -> list[str]:
    return PLACEHOLDER.findall(f"{clause.title}\n{clause.markdown}")


def _figures(clause: Clause) -> list[str]:
    text = PLACEHOLDER.sub("", f"{clause.title}\n{to_text(parse(clause))}")
    return [found.replace(",", ".") for found in _NUMBER.findall(re.sub(r"https?://\S+", "", text))]


def _links(clause: Clause) -> list[str]:
    # A link may lead to the same place in the reader's own language: /fr/ and /en/ are the same here.
    return [re.sub(r"\b(?:fr|en)\b", "*", url) for url in links(parse(clause))]


def _commitments(documents: Mapping[Language, Document]) -> Iterator[Finding]:
    clauses = documents["fr"].clauses
    carried = {commitment for clause in clauses for commitment in clause.commitments}
    if not carried:
        message = "no clause names the commitments that it carries"
        yield _finding("no-commitments", "", clauses[0], message, "warning") if clauses else _empty()
        return
    for missing in sorted(set(COMMITMENTS) - carried):
        yield _finding("commitment-without-clause", "", clauses[0], f"no clause carries {missing}")
    for clause in clauses:
        for unknown in sorted(set(clause.commitments) - set(COMMITMENTS)):
            yield _finding("unknown-commitment", "fr", clause, f"there is no commitment {unknown}")
        if clause.level == 2 and not clause.commitments and clause is not clauses[0]:
            yield _finding("clause-without-commitment", "fr", clause, f"{clause.id!r} carries no commitment", "warning")


def _empty() -> Finding:
    return Finding(rule="empty", severity="error", lang="", where="", message="there is no clause at all")


def _text(document: Document, register: Register, vendor: Vendor, language: Language) -> Iterator[Finding]:
    values = values_of(register, vendor, language)
    anchors = {clause.id for clause in document.clauses}
    level = 1
    for clause in document.clauses:
        if clause.level > level + 1:
            yield _finding("heading-level", language, clause, f"level {clause.level} follows level {level}")
        level = clause.level
        yield from _one_clause(clause, values, language, anchors)


def _one_clause(clause: Clause, values: Values, language: Language, anchors: set[str]) -> Iterator[Finding]:
    unknown = list(_unknown_values(clause, values, language))
    yield from unknown
    try:
        tokens = parse(clause if unknown else fill(clause, values))
    except PolicyError as error:
        yield _of_error(error)
        return
    dead = Counter(url for url in links(tokens) if url.startswith("#") and url[1:] not in anchors)
    for url, times in dead.items():
        yield _finding("dead-link", language, clause, f"{times} link(s) to {url[:60]!r}, which is no clause")
    yield from _wording(clause, values, language)


def _unknown_values(clause: Clause, values: Values, language: Language) -> Iterator[Finding]:
    # The heading stands on the line before the text.
    for number, line in enumerate((clause.title, *clause.markdown.split("\n")), start=clause.line - 1):
        alone = PLACEHOLDER.fullmatch(line.strip()) is not None
        for name in PLACEHOLDER.findall(line):
            if name not in values.plain and name not in values.inline and not (alone and name in values.blocks):
                where, message = f"{clause.file}:{number}", f"unknown placeholder: {name[:80]!r}"
                yield Finding(rule="unknown-placeholder", severity="error", lang=language, where=where, message=message)


def _wording(clause: Clause, values: Values, language: Language) -> Iterator[Finding]:
    if language == "en" and has_french_letters(PLACEHOLDER.sub("", clause.title)):
        yield _finding("wrong-language", language, clause, f"the heading {clause.title[:60]!r} is French")
    text = PLACEHOLDER.sub("", to_text(parse(clause)))
    for block in filter(None, text.split("\n")):
        found = language_of(block)
        if found not in (None, language):
            yield _finding("wrong-language", language, clause, f"this is not {language}: {block[:60]!r}")
        for period in _BARE_PERIOD.findall(block):
            known = " ".join(period.split()) in values.plain.values()
            yield _finding(
                "bare-period",
                language,
                clause,
                f"{period!r} is written out; take it from the register"
                + ("" if known else ", which has no such figure"),
                "warning" if known else "error",
            )
        if _UNBOUNDED.search(block):
            yield _finding("unbounded", language, clause, f"nothing is kept without an end: {block[:60]!r}")
