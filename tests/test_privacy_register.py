"""The register of processing: every commitment has code and a test that exist, and the page is the generated one."""

from __future__ import annotations

import ast
import importlib
from functools import cache
from pathlib import Path

import pytest

from handlers.cli.register import PAGE, vendor
from models.register import COMMITMENTS
from services import privacy_register
from services.privacy_register.evidence import EVIDENCE, Kept

ROOT = Path(__file__).resolve().parents[1]


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_no_commitment_is_left_open() -> None:
    assert tuple(EVIDENCE) == COMMITMENTS


@pytest.mark.parametrize("number", EVIDENCE)
def test_what_keeps_a_commitment_is_there(number: str) -> None:
    found = EVIDENCE[number]
    path, _, name = found.test.partition("::")
    assert name.startswith("test_") and name in functions_of(path)
    if isinstance(found, Kept):
        module, _, attribute = found.code.partition(":")
        assert hasattr(importlib.import_module(module), attribute), found.code


def test_the_page_is_the_generated_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == privacy_register.document(vendor()), "flask --app app register docs"
