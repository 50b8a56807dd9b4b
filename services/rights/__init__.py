"""The desk for people's rights: requests as a state machine, with legal deadlines, from any channel to their answer.

`desk` takes requests in, `cases` keeps them, `clock` and `deadlines` say until when, `fulfilment` does what was asked,
`export` gives a person everything that is held about them.
"""

from __future__ import annotations

from services.rights.cases import BadRequestError, NewRequest
from services.rights.changes import NotPossibleError
from services.rights.states import WrongStateError

__all__ = ["BadRequestError", "NewRequest", "NotPossibleError", "WrongStateError"]
