"""The text of the policy with the values of the register in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.register import Language, Register, Vendor
from services.policy import markdown
from services.policy.sources import Clause, Document, read
from services.policy.values import fill, fill_title, values_of


@dataclass(frozen=True)
class Policy:
    """The whole policy in both languages. `digest` (64 hex characters) changes with any word or figure of it.

    `material`: the change to this text is one that people have to be told of; so it is unless both languages say no.
    """

    titles: Mapping[Language, str]
    clauses: Mapping[Language, tuple[Clause, ...]]
    digest: str
    material: bool = True


def load(folder: Path, register: Register, vendor: Vendor) -> Policy:
    """The policy of `folder`, ready to render; `PolicyError` names file and line of what is wrong."""
    filled = {language: _filled(document, register, vendor, language) for language, document in read(folder).items()}
    return Policy(
        titles={language: document.title for language, document in filled.items()},
        clauses={language: document.clauses for language, document in filled.items()},
        digest=_digest(filled),
        material=any(document.material for document in filled.values()),
    )


def _filled(document: Document, register: Register, vendor: Vendor, language: Language) -> Document:
    values = values_of(register, vendor, language)
    clauses = tuple(fill(clause, values) for clause in document.clauses)
    for clause in clauses:
        markdown.parse(clause)
    return Document(fill_title(document.title, values, f"{language}/"), clauses, document.material)


def _digest(documents: Mapping[Language, Document]) -> str:
    content = [
        [language, document.title, [[one.id, one.title, one.level, one.markdown] for one in document.clauses]]
        for language, document in sorted(documents.items())
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
