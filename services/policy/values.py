"""What the placeholders of a policy stand for: every figure, recipient, period and purpose of the register.

{{ period.<id> }}      `3 ans`, `3 years`           {{ vendor.name }}, {{ vendor.email }}, {{ vendor.address }}
{{ limit.<id> }}       `1 mois`, `1 month`          {{ purpose.<id> }}, {{ category.<id> }}, {{ recipient.<id> }}
{{ link.<id> }}        a recipient's name, linked to its own policy
{{ table.periods }}, {{ table.purposes }}, {{ list.recipients }}, {{ list.categories }}   each on a line of its own
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from models.register import Language, Recipient, Register, Vendor
from models.register.purposes import BASIS_WORDS
from models.register.recipients import ROLE_WORDS
from models.register.retention import ACTION_WORDS, ANCHOR_WORDS
from services.policy.errors import PolicyError
from services.policy.sources import Clause

PLACEHOLDER = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_MARKUP = re.compile(r"([\\`*_\[\]<>()#|&~!{}])")
# At the start of a line these would make a list, a quotation or a heading of the value.
_LINE_START = re.compile(r"^(\d+)([.)])|^([-+=])")


@dataclass(frozen=True)
class Values:
    """`plain` values are escaped when put into Markdown; `inline` and `blocks` are Markdown of our own making."""

    plain: Mapping[str, str]
    inline: Mapping[str, str]
    blocks: Mapping[str, str]


def values_of(register: Register, vendor: Vendor, language: Language) -> Values:
    """Every placeholder in one language."""
    return Values(
        plain=_plain(register, vendor, language),
        inline={f"link.{one.id}": _recipient_link(one, language) for one in register.recipients.values()},
        blocks={
            "table.periods": _periods(register, language),
            "table.purposes": _purposes(register, language),
            "list.recipients": _recipients(register, language),
            "list.categories": _categories(register, language),
        },
    )


def fill(clause: Clause, values: Values) -> Clause:
    """The clause with every placeholder replaced; `PolicyError` names the file and line of one that names nothing."""
    lines = clause.markdown.split("\n")
    title = _fill_line(clause.title, values.plain.get, clause.file, clause.line)
    filled = [_fill_text(line, values, *clause.place(number)) for number, line in enumerate(lines)]
    return replace(clause, title=title, markdown="\n".join(filled))


def fill_title(title: str, values: Values, file: str) -> str:
    """A title of a document with its plain placeholders replaced."""
    return _fill_line(title, values.plain.get, file, 1)


def escape(text: str) -> str:
    """`text` as Markdown that renders as that text and nothing else."""
    one_line = " ".join(text.split())
    return _LINE_START.sub(lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", _MARKUP.sub(r"\\\1", one_line))


def _fill_text(line: str, values: Values, file: str, number: int) -> str:
    alone = PLACEHOLDER.fullmatch(line.strip())
    if alone and alone[1] in values.blocks:
        return values.blocks[alone[1]]

    def value(name: str) -> str | None:
        plain = values.plain.get(name)
        return escape(plain) if plain is not None else values.inline.get(name)

    return _fill_line(line, value, file, number)


def _fill_line(line: str, value: Callable[[str], str | None], file: str, number: int) -> str:
    def replacement(found: re.Match[str]) -> str:
        text = value(found[1])
        if text is None:
            raise PolicyError("unknown-placeholder", file, number, f"unknown placeholder: {found[1][:80]!r}")
        return text

    return PLACEHOLDER.sub(replacement, line)


def _plain(register: Register, vendor: Vendor, language: Language) -> dict[str, str]:
    values = {"vendor.name": vendor.name, "vendor.email": vendor.contact_email, "vendor.address": vendor.address}
    values |= {f"period.{one.id}": one.span(language) for one in register.periods.values()}
    values |= {f"limit.{one.id}": one.words(language) for one in register.limits.values()}
    values |= {f"purpose.{one.id}": one.label.in_(language) for one in register.purposes.values()}
    values |= {f"category.{one.id}": one.name.in_(language) for one in register.categories.values()}
    return values | {f"recipient.{one.id}": one.name.in_(language) for one in register.recipients.values()}


def _recipient_link(recipient: Recipient, language: Language) -> str:
    name = escape(recipient.name.in_(language))
    return f"[{name}]({recipient.policy.in_(language)})" if recipient.policy else name


def _recipients(register: Register, language: Language) -> str:
    colon = " : " if language == "fr" else ": "
    return "\n".join(
        f"- **{_recipient_link(one, language)}** ({escape(ROLE_WORDS[one.role].in_(language))}, "
        f"{escape(one.country.in_(language))}){colon}{escape(one.what.in_(language))}."
        for one in register.recipients.values()
    )


def _categories(register: Register, language: Language) -> str:
    colon = " : " if language == "fr" else ": "
    return "\n".join(
        f"- **{escape(one.name.in_(language))}**{colon}{escape(one.description.in_(language))}."
        for one in register.categories.values()
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([escape(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _periods(register: Register, language: Language) -> str:
    head = ("Données", "Durée", "À partir de", "Ensuite") if language == "fr" else ("Data", "Kept for", "From", "Then")
    return _table(
        head,
        (
            (
                one.what.in_(language),
                one.rule(language),
                ANCHOR_WORDS[one.anchor].in_(language),
                ACTION_WORDS[one.action].in_(language),
            )
            for one in register.periods.values()
        ),
    )


def _purposes(register: Register, language: Language) -> str:
    head = ("Finalité", "Base légale (RGPD)") if language == "fr" else ("Purpose", "Legal basis (GDPR)")
    joiner = " ou " if language == "fr" else " or "
    return _table(
        head,
        (
            (
                one.label.in_(language),
                joiner.join(f"{BASIS_WORDS[basis].in_(language)}, art. {basis}" for basis in one.bases),
            )
            for one in register.purposes.values()
        ),
    )
