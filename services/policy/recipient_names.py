"""Names of those who receive data as they stand in a text: the register's, well-known ones, and what is like them."""

from __future__ import annotations

import re

from models.register import RECIPIENTS

_KNOWN = """Atlassian|PayPal|Stripe|Google Analytics|Google|Microsoft|Azure|Amazon Web Services|AWS|Amazon|OVHcloud|OVH
    |Scaleway|Hetzner|Cloudflare|Mailchimp|Brevo|Sendinblue|Mailjet|SendGrid|Twilio|HubSpot|Salesforce|Zendesk|Intercom
    |Freshdesk|Slack|Zoom|Sentry|Datadog|GitHub|GitLab|Matomo|Hotjar|Facebook|Meta|LinkedIn|Twitter|BNP Paribas
    |Société Générale|Crédit Agricole|La Banque Postale|Adyen|Mollie|Braintree|Klarna|Apple|Oracle|IBM|Dropbox|DocuSign
    |Typeform|SurveyMonkey|Calendly|Notion|Heroku|DigitalOcean|Fastly|Akamai|New Relic|Segment|Mixpanel|Amplitude|Xero
    |QuickBooks|Sage|Pennylane|CNIL|Bitbucket"""
_FIXED = {one.name.fr for one in RECIPIENTS.values() if one.name.fr == one.name.en}
_NAMES = re.compile(
    r"(?<!\w)(?:"
    + "|".join(sorted({*map(str.strip, _KNOWN.split("|")), *map(re.escape, _FIXED)}, key=len, reverse=True))
    + r")(?!\w)"
)
# PayPal, OVHcloud: a capital inside a word makes it a name, but for these words of the trade.
_CAMEL = re.compile(r"(?<![\w@/.])(?:[A-Z][a-z]+[A-Z]\w+|[A-Z]{2,}[a-z]{2,}\w*)(?![\w@])")
_NO_NAME = {"JavaScript", "PDFs", "URLs", "IPs", "eCommerce", "GDPRs", "CCTs", "SCCs", "IDs", "APIs", "DPAs"}


def names_in(text: str, other: str) -> set[str]:
    """The names in `text`, once each; one that is spelt out in `other` without its capitals counts for both."""
    found = {name[0] for name in _NAMES.finditer(text)} | {name[0] for name in _CAMEL.finditer(text)}
    lower = other.casefold()
    here = text.casefold()
    both = {name[0] for name in _NAMES.finditer(other)} | {name[0] for name in _CAMEL.finditer(other)}
    return {name for name in found - _NO_NAME if name.casefold() not in lower} | {
        name for name in (found | both) - _NO_NAME if name.casefold() in lower and name.casefold() in here
    }
