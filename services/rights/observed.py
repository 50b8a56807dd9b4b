"""What the Marketplace has told of a person's licences, for themself (GDPR Art. 15(3)): the rows that name them, and
those that name nobody of a licence that is theirs (why it was given up, by which way it was found)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from models.marketplace import Licence, Observation, ObservedContact

# `facts` hold no contact of anybody; these are digests, of other people too.
DIGESTS = "links"


def observed(session: Session, person_ref: str) -> list[dict[str, Any]]:
    """`[{licence, source, kind, as_of, forgotten, facts}]`, the oldest first."""
    rows = session.execute(_theirs(person_ref).order_by(Observation.as_of, Observation.id))
    return [
        {
            "licence": licence_key,
            "source": observation.source,
            "kind": observation.kind,
            "as_of": observation.as_of.isoformat(),
            "forgotten": observation.forgotten,
            "facts": {name: value for name, value in observation.facts.items() if name != DIGESTS},
        }
        for observation, licence_key in rows
    ]


def _theirs(person_ref: str) -> Select[Observation, str]:
    of_it = ObservedContact.observation_id == Observation.id
    names_them = exists().where(of_it, ObservedContact.person_id == person_ref)
    names_nobody = and_(Licence.person_id == person_ref, ~exists().where(of_it))
    by_licence = select(Licence.id).where(Licence.person_id == person_ref)
    by_contact = (
        select(Observation.licence_id).join(ObservedContact, of_it).where(ObservedContact.person_id == person_ref)
    )
    return (
        select(Observation, Licence.licence_key)
        .join(Licence, Licence.id == Observation.licence_id)
        # Found by the indexes of the two, not by looking at every observation there is.
        .where(Observation.licence_id.in_(by_licence.union(by_contact)), or_(names_them, names_nobody))
    )
