"""Static content macros for pages in Confluence: storage XHTML that the host fetches and keeps.

Their keys are chosen for good: a Forge macro with the same key takes over what is on saved pages (policy.md 4.8).
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from handlers import publishing
from handlers.parts import parts
from handlers.policy import WORDS
from models.register import Language
from services import policy

blueprint = Blueprint("macros", __name__, url_prefix="/macros")


@blueprint.get("/privacy-policy")
def privacy_policy() -> Response:
    """The policy in force, `?lang=fr|en`; before the first version the text as it stands, marked as such."""
    p = parts()
    lang = _language()
    with p.database.read() as session:
        found = policy.in_force(session, p.clock())
        kept = policy.text_of(session, found.number, lang) if found else None
    if found is None or kept is None:
        html, version = policy.render(publishing.load(p), lang, "html"), WORDS["draft"].in_(lang)
    else:
        html, version = kept.html, found.words(lang)
    return _storage(policy.policy_macro(html, version, lang, p.settings.base_url))


@blueprint.get("/privacy-choices")
def privacy_choices() -> Response:
    """Where a reader sees and changes what we may do with their data, `?lang=fr|en`."""
    settings = parts().settings
    return _storage(policy.choices_macro(_language(), settings.base_url, settings.vendor_contact_email))


def _language() -> Language:
    return "fr" if request.args.get("lang", "").lower().startswith("fr") else "en"


def _storage(text: str) -> Response:
    return Response(text, mimetype="application/xml")
