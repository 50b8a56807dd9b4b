"""Configurations of a support case, handed to Atlassian: built, seen, agreed to, entered, given.

    contents    a case -> the bytes; the same case gives the same bytes
    packages    proposed by one of staff, approved by another; an approval is of those bytes and no others
    release     the last look before anything leaves, and its entry in the register of disclosures
    sending     to a service desk, in steps that may be repeated or killed without a second request

Never in here: a raw attachment, a name of a file or a person, a call without an approval.
"""

from __future__ import annotations


class ExchangeError(Exception):
    """It can't be done. `code` says why:

    unknown-case, nothing-to-tell       no such case, or no configuration in it
    unknown-part, no-question           the form was not filled in
    address-needed, not-an-address      it has to be known whose data it is
    reporter-gone, person-blocked       the account was closed; erased, restricted or dead
    changed-since, emptied              it is no longer what was built
    not-what-was-shown, own-request     the approval is of other bytes, or by who asked
    wrong-state, no-target, not-a-key   not now; no service desk is set; no key of a case
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
