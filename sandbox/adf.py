"""Atlassian Document Format in small: made from plain text, read back as plain text, and checked on the way in."""

from __future__ import annotations

from typing import Any

BLOCKS = ("paragraph", "heading", "codeBlock", "listItem", "tableRow", "blockquote")


def document(text: str) -> dict[str, Any]:
    """One paragraph a line; an empty line is an empty paragraph."""
    return {"type": "doc", "version": 1, "content": [_paragraph(line) for line in text.splitlines()]}


def _paragraph(line: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []}


def plain(node: Any) -> str:
    """The text of a document, a line for each block, as webhooks carry it and as the front shows it."""
    if isinstance(node, list):
        return "".join(plain(part) for part in node)
    if not isinstance(node, dict):
        return ""
    if node.get("type") == "text":
        return str(node.get("text", ""))
    if node.get("type") == "hardBreak":
        return "\n"
    text = plain(node.get("content"))
    return text.rstrip("\n") + "\n" if node.get("type") in BLOCKS else text


def is_document(value: Any) -> bool:
    """Whether Jira v3 would take this as a comment body: a doc of version 1 whose nodes all have a type."""
    if not isinstance(value, dict) or value.get("type") != "doc" or value.get("version") != 1:
        return False
    return isinstance(value.get("content"), list) and all(_is_node(node) for node in value["content"])


def _is_node(node: Any) -> bool:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        return False
    content = node.get("content", [])
    return isinstance(content, list) and all(_is_node(part) for part in content)
