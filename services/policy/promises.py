"""Does the text promise what the register holds? Commitments, placeholders, and periods that are written out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from models.register import COMMITMENTS, Language, Register
from models.register.durations import Duration
from services.policy.blocks import Block
from services.policy.findings import Finding, finding
from services.policy.quantities import Quantity, periods_in, quantity_of, say
from services.policy.sources import Clause, Document
from services.policy.values import PLACEHOLDER, Values

_PREFIXES = {
    r"prospect|\bleads?\b|évaluat|evaluat": ("identification.prospect",),
    r"\bclient|\bcustomer|identification|coordonnées|contact (?:data|details)|identity": ("identification.",),
    r"compta|accounting|factur|invoic|\bdevis\b|\bquot|paiement|payment|billing": ("accounting.",),
    r"journa|\blogs?\b|adresses? ip|\bip addresses|authentif|authentic|connexion": (
        "authentication.",
        "accountability.staff",
    ),
    r"configuration": ("configuration.",),
    r"e-?mail|courriel|correspond|\bletters?\b|courrier|\bmessages?\b": ("correspondence.", "operations."),
    r"\bfax|télécopie|appels?\b|\bcalls?\b|assistance|support": ("correspondence.", "configuration."),
    r"cookie|témoin|audience|analytics|remember me|souvenir": ("cookies.",),
    r"consent|preuve|proof": ("consent.",),
    r"opposition|objection": ("accountability.objection",),
    r"pages? (?:visit|vue)|visited": ("visits.",),
}
_TOPICS = [(re.compile(words, re.IGNORECASE), prefixes) for words, prefixes in _PREFIXES.items()]
_KEPT = re.compile(
    r"conserv|garde|gardé|stock|supprim|effac|archiv|durée|rétention|\bkept\b|\bkeep|retain|retention|stored?\b|delet|eras",
    re.IGNORECASE,
)


def commitments(documents: Mapping[Language, Document]) -> Iterator[Finding]:
    """Commitments without clause, clauses without commitment."""
    clauses = documents["fr"].clauses
    carried = {commitment for clause in clauses for commitment in clause.commitments}
    if not carried:
        message = "no clause names the commitments that it carries"
        yield finding("no-commitments", "", clauses[0], message, "warning")
        return
    for missing in sorted(set(COMMITMENTS) - carried):
        yield finding("commitment-without-clause", "", clauses[0], f"no clause carries {missing}")
    for clause in clauses:
        for unknown in sorted(set(clause.commitments) - set(COMMITMENTS)):
            yield finding("unknown-commitment", "fr", clause, f"there is no commitment {unknown}")
        if clause.level == 2 and not clause.commitments and clause is not clauses[0]:
            yield finding("clause-without-commitment", "fr", clause, f"{clause.id!r} carries no commitment", "warning")


def unknown_values(clause: Clause, values: Values, language: Language) -> Iterator[Finding]:
    """Placeholders that name nothing."""
    lines = [(clause.heading, clause.title)]
    lines += [(clause.place(number), line) for number, line in enumerate(clause.markdown.split("\n"))]
    for (file, number), line in lines:
        alone = PLACEHOLDER.fullmatch(line.strip()) is not None
        for name in PLACEHOLDER.findall(line):
            if name not in values.plain and name not in values.inline and not (alone and name in values.blocks):
                where, message = f"{file}:{number}", f"unknown placeholder: {name[:80]!r}"
                yield Finding(rule="unknown-placeholder", severity="error", lang=language, where=where, message=message)


def periods(
    clause: Clause, blocks: Sequence[Block], register: Register, language: Language, *, filled: bool
) -> Iterator[Finding]:
    """Periods that are written out. `filled`: the document uses placeholders, so each should be one."""
    every = {quantity for id_ in register.periods for quantity in _held(register, id_)}
    every |= {quantity_of(one.value) for one in register.limits.values() if isinstance(one.value, Duration)}
    every |= {(one.value * 12, "m") for one in register.limits.values() if isinstance(one.value, int)}
    for block in blocks:
        for sentence in block.sentences:
            for quantity, words in periods_in(sentence):
                if filled:
                    known = quantity in every
                    message = f"{words!r} is written out; take it from the register"
                    message += "" if known else ", which has no such figure"
                    yield Finding(
                        rule="bare-period",
                        severity="warning" if known else "error",
                        lang=language,
                        where=block.where,
                        message=message,
                    )
                else:
                    yield from _against_register(quantity, words, sentence, clause, block, register, language)


def _against_register(
    quantity: Quantity, words: str, sentence: str, clause: Clause, block: Block, register: Register, language: Language
) -> Iterator[Finding]:
    heading = clause.title if not _KEPT.search(clause.title) else ""
    named = [one.id for one in register.periods.values() if one.what.in_(language).casefold() == block.row.casefold()]
    ids = named or _ids(block.row, register) or _ids(sentence, register) or _ids(heading, register)
    if not ids or not _KEPT.search(f"{clause.title} {sentence}"):
        return
    allowed = {one for id_ in ids for one in _held(register, id_)} | {(0, "h"), (0, "m")}
    if quantity not in allowed:
        held = ", ".join(dict.fromkeys(say(one) for one in sorted(allowed) if one[0]))
        message = f"{words!r} is not the register's period ({held or 'none'}): {sentence[:60]!r}"
        yield Finding(rule="period-differs", severity="error", lang=language, where=block.where, message=message)


def _ids(text: str, register: Register) -> list[str]:
    prefixes = [prefix for words, ids in _TOPICS if words.search(text) for prefix in ids]
    return [id_ for id_ in register.periods if any(id_.startswith(prefix) for prefix in prefixes)]


def _held(register: Register, id_: str) -> set[Quantity]:
    return {quantity_of(register.periods[id_].floor), quantity_of(register.periods[id_].ceiling)}
