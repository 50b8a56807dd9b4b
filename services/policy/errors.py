"""What can be wrong with the text of a policy."""

from __future__ import annotations


class PolicyError(Exception):
    """The text cannot be used. The message starts with file and line; `rule` is its name in `policy check`."""

    def __init__(self, rule: str, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.rule = rule
        self.file = file
        self.line = line
        self.message = message


class RenderError(Exception):
    """A rendering is not what it has to be (well-formed XML): a defect of this program, never of the text."""
