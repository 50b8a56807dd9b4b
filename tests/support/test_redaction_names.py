"""Lines are skipped that name no secret: whatever is known to be a secret's name has to be among those that are not."""

from __future__ import annotations

from hypothesis import event, given, settings
from hypothesis import strategies as st

from services.support import redaction_keys
from services.support.redaction import redact
from services.support.redaction_keys import is_secret, names_a_key

WORDS = st.sampled_from(
    (
        *sorted(redaction_keys._BEFORE_KEY),
        *sorted(redaction_keys._FILLERS),
        "key",
        "keys",
        "keystore",
        "2",
        "x",
        "é",
        "old",
    )
)
STYLES = st.sampled_from([str.lower, str.upper, str.title])
NAMES = st.lists(
    st.tuples(WORDS, STYLES, st.sampled_from(["", ".", "-", "_", " ", "/", ":"])), min_size=1, max_size=5
).map(lambda parts: "".join(style(word) + gap for word, style, gap in parts))


@settings(max_examples=1_000)
@given(name=NAMES)
def test_no_name_of_a_key_is_skipped(name: str) -> None:
    event(f"secret: {is_secret(name)}")
    if is_secret(name) and "secret" not in name.lower() and "auth" not in name.lower():
        assert names_a_key(f"<{name.lower()}>")


def test_the_key_of_an_app_is_no_secret_but_an_app_key_is() -> None:
    assert not names_a_key("<key>com.example.app0</key>")
    assert redact("<app-key>EXAMPLE-1</app-key>") == ("<app-key>[secret]</app-key>", 1)


def test_lines_that_differ_in_their_digits_are_looked_at_each() -> None:
    lines = "a 192.0.2.10\na 192.0.2.31\nS-1-5-21-1004336348-1177238915\nS-1-6-21\n+33 1 23 45 67 89"
    assert redact(lines) == ("a [ip-1]\na [ip-2]\n[id]\nS-1-6-21\n[phone]", 4)
