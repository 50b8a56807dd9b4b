"""Addresses in their one form."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.marketplace.addresses import normal_form

PARTS = st.text("aZé09._+-'\" ", min_size=1, max_size=8)
ENDS = st.sampled_from(
    ["com", "FR", "example", "test", "local", "invalid", "localhost", "onion", "c", "c0m", "example.com", "xn--p1ai"]
)


@settings(max_examples=500)
@given(st.builds("{}@{}.{}".format, PARTS, PARTS, ENDS))
@example("a@" + "b" * 64 + ".fr")
@example("a" * 65 + "@b.fr")
@example("ann@xn--caf-dma.fr")
@example("ann@in-addr.arpa")
@example("ann@lilas.fr\n")
def test_a_plain_address_is_what_the_validator_makes_of_it(raw: str) -> None:
    try:
        found = validate_email(raw.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        assert normal_form(raw) is None
    else:
        assert normal_form(raw) == found.normalized.casefold()
