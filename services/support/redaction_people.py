"""What people, firms and machines look like in the files of support cases."""

from __future__ import annotations

import re

from services.support.redaction_checks import (
    is_address,
    is_host,
    is_inner_host,
    is_ipv6,
    is_mail,
    is_name,
    is_person,
    is_phone,
)
from services.support.redaction_rule import VALUE, Rule

_IDENTITY = (
    r"(?:[\w.-]{0,40}(?:user[._ -]?name|user|loginname|userdn|bind[._]?dn|\.login)(?:[._-]?(?:old|new|prod|\d{1,3}))?|"
    r"login|utilisateur(?: connect[eé])?|connectionName|angemeldeter benutzer|logged in as|"
    r"nom d['’]utilisateur|benutzername|identifiant|usuario|nome utente|sen|x-ausername|"
    r"server[._ -]?id|support ?entitlement ?number|"
    r"[\w.-]{0,40}license[._-]?message|"
    r"licen[sc]e[._ -]?organi[sz]ation|(?:user)?account[._ -]?id|registered ?owner|host ?name|logon ?server)"
)
# Labels of `systeminfo`, of licences and of database descriptors, whose whole value is a person, a firm or a machine.
_OWNER = (
    r"(?:registered (?:owner|organi[sz]ation)|host ?name|logon server|domain|product id|"
    r"(?:licen[sc]e )?organi[sz]ation|licen[sc]ee|produkt-id|identificateur de produit|id\.? del producto|"
    r"numero di serie|dom[aä]ne|"
    r"serveur d['’]ouverture de session|servidor de inicio de sesi[oó]n|server di accesso|"
    r"licen[sc]ed to|titulaire de la licence|lizenznehmer|lizenz f[uü]r|computer ?name|h[oô]te|"
    r"nom de l['’ ]?h[oô]te|propri[eé]taire(?: enregistr[eé])?|organisation enregistr[eé]e|domaine|"
    r"hostname|registrierter benutzer|registrierte organisation|anmeldeserver|"
    r"nombre de host|propiedad de|propietario registrado|dominio|nome host|proprietario registrato|"
    r"nome do host|propriet[aá]rio registrado)"
)
_DOMAIN = r"[A-Z0-9-]{1,63}(?:\.[A-Z0-9-]{1,63}){0,5}\.[A-Z]{2,24}"
_IDENTITY_MARKS = (
    "user|identifiant|usuario|utente|login|utilisateur|benutzer|connectionname|sen|server|entitlement|licen|account|"
    "owner|host|logged in|bind"
)


# Identifiers of accounts, licences and directories.
_IDENTIFIERS: tuple[Rule, ...] = (
    Rule(
        "id",
        "owner|organi|produkt|produit|producto|serie|host|domain|domin|server|licen|lizenz|propri|propiet|propied|hôte|hote|"
        "benutzer|product id|"
        "computer",
        rf"^\s{{0,40}}[*|]{{0,3}}\s{{0,4}}{_OWNER}\s{{0,40}}(?::|\t)\s{{0,40}}(?!\[)(\S.{{0,300}})",
    ),
    Rule("id", "://", r"://([^\s/:@\"'<>\[]{1,200})(?::\[secret\])?@"),
    Rule(
        "id",
        _IDENTITY_MARKS,
        rf"<{_IDENTITY}(?:\s[^<>]{{0,200}})?>\s{{0,20}}(?P<value>[^<>\n]{{1,4000}}?)\s{{0,20}}</",
        accept=is_name,
        signs="<",
    ),
    Rule(
        "id",
        _IDENTITY_MARKS,
        rf"(?:name|key)\s{{0,4}}=\s{{0,4}}[\"']{_IDENTITY}[\"']"
        rf"(?:\s{{1,20}}value\s{{0,4}}=\s{{0,4}}[\"']|[^<>]{{0,100}}>\s{{0,20}})(?P<value>[^<>\"'\n]{{1,4000}})",
        accept=is_name,
        signs="=",
    ),
    Rule(
        "id",
        _IDENTITY_MARKS,
        rf"(?<![\w.-]){_IDENTITY}\\?[\"']?\s{{0,40}}(?:[=:]|\|{{1,2}})\s{{0,40}}(?!\|){VALUE}",
        accept=is_name,
        signs="=:|",
    ),
    Rule("id", _IDENTITY_MARKS, rf"^\s{{0,40}}{_IDENTITY}(?:\t|\s{{2,80}}){VALUE}", accept=is_name),
    Rule("id", "/user:", r"\s/user:(\S{1,100})"),
    Rule(
        "id",
        "cn=|uid=|ou=|dc=",
        r"\b((?:cn|uid|ou|dc)=[^,;\"'<>=\n]{1,100}(?:,\s?(?:cn|uid|ou|dc|o|l|c|st)=[^,;\s\"'<>=]{1,100}){1,12})",
    ),
    Rule("id", "cn=|uid=", r"\b(?:cn|uid)=(?!\[)([^,;\s\"'<>]{1,200})"),
    Rule("id", "sen-", r"\b(SEN-[A-Z]?\d{1,12})\b"),
    Rule("id", "-", r"(?<![\w-])((?-i:[A-Z][0-9A-Z]{3}(?:-[0-9A-Z]{4}){3}))(?![\w-])"),
    Rule("id", "identity", r"ari:cloud:identity:[\w-]{0,40}:user/([\w:-]{10,140})"),
    Rule("id", "iban", r"\biban\b\W{0,5}((?-i:[A-Z]{2})\d{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?)(?!\w)"),
    Rule("id", "accountid", r"accountid:([\w:-]{10,140})"),
    Rule("id", "s-1-5-", r"\b(S-1-5-[\d-]{4,80})"),
)
# In front of the name of a person, with a colon or the like between, in French, English and German.
_PERSON_LABEL = (
    r"(?:(?:technical|primary|billing|security|support|main) )?contact(?: (?:technique|principal|name|person))?|"
    r"reporter|kontakt|person|personne(?: [aà] contacter)?|g[eé]rant|modifi[eé] par|"
    r"assignee|requester|author|owner|approver|(?:administrator|admin)(?: name)?|customer(?: name)?|employee|"
    r"user|signed|"
    r"(?:requested|reported|created|opened|updated|approved|assigned|written) (?:by|to)|"
    r"(?:first|last|full|display|given|family|middle|real|user)[ _]?name|surname|"
    r"auteur|rapporteur|demandeur|responsable(?: \w{3,20})?|administrateur|administratrice|interlocuteur|"
    r"interlocutrice|destinataire|"
    r"exp[eé]diteur|client|utilisateur|(?:signal[eé]|r[eé]dig[eé]|cr[eé][eé]|demand[eé]|ouvert) par|"
    r"pr[eé]nom|nom(?: complet| de famille| et pr[eé]nom| du (?:contact|demandeur|client))?|pr[eé]nom et nom|"
    r"ansprechpartner(?:in)?|bearbeiter(?:in)?|melder|autor|verantwortliche?r?|kunde|kundenname|absender|empf[aä]nger|"
    r"(?:gemeldet|erstellt|ge[oö]ffnet) von|vorname|nachname|familienname|name de[sr] \w{3,20}|benutzer|from|to|cc|de|"
    r"[aà]|von|an"
)
# In front of the name of a person, within a sentence or at its end.
_PERSON_WORDS = (
    r"(?:requested|reported|created|opened|updated|approved|written) by|assigned to|"
    r"(?:signal[eé]|r[eé]dig[eé]|cr[eé][eé]|demand[eé]|ouvert) par|(?:gemeldet|erstellt|ge[oö]ffnet) von|"
    r"cordialement|bien [aà] vous|(?:merci(?: d['’]avance)?|thanks|thank you|cheers)(?=,)|"
    r"(?:best|kind) regards|regards|(?:mit )?freundlichen gr[uü](?:ss|ß)en|viele gr[uü](?:ss|ß)e|gr(?:uss|uß)|"
    r"mon nom est|(?:contact|ansprechpartner(?:in)?) (?:is|est|ist)|je suis|my name is|mein name ist"
)
# At the beginning of a letter, with a comma behind the name: "Hello World" is an app.
_GREETING = r"(?:bonjour|hello|hi|dear|hallo|cher|ch[eè]re|liebe|lieber|sehr geehrter? (?:frau|herr)|madame|monsieur)"
_NAME = (
    r"(?P<value>(?-i:[A-ZÀ-ÞŒ])[\w'’.-]{1,30}"
    r"(?: (?:(?:d'|d’)?(?-i:[A-ZÀ-ÞŒ])[\w'’.-]{0,30}|de|du|von|van|der|le|la)){0,3})(?![\w(\\])"
)
# The last line of a letter, with the writer's name below it.
CLOSING = re.compile(
    r"^\s{0,40}(?:(?:bien )?cordialement|bien [aà] vous|merci(?: d['’]avance)?|(?:best|kind|many)? ?(?:regards|"
    r"thanks)|cheers|"
    r"(?:mit )?freundlichen gr(?:ü|ue)(?:ss|ß)en|viele gr(?:ü|ue)(?:ss|ß)e|gr(?:uss|uß)|mfg)\s{0,3}[,.!]?\s{0,20}$",
    re.IGNORECASE,
)
SIGNED = rf"^\s{{0,40}}{_NAME}"
_LABEL_MARKS = (
    "contact|kontakt|person|rant|reporter|assignee|requester|author|auteur|autor|owner|approver|admin|customer|employee|signed|"
    "first|last|full|display|given|famil|middle|real|surname|vorname|nachname|name de| by| to|nom|"
    "rapporteur|demandeur|responsable|interlocut|destinataire|diteur|client|utilisateur| par|partner|bearbeiter|melder|"
    "verantwortlich|kunde|absender|empf| von|user|benutzer|from|to:|cc:|de :|de:|von:|an:|à :|à:"
)
_WORD_MARKS = (
    " by|assigned to| par| von|cordialement|bien |merci|thank|cheers|regards|grus|grüs|gruß|grüß|mon nom|contact|"
    "partner|je suis|my name|mein name"
)
_PEOPLE: tuple[Rule, ...] = (
    Rule("mail", "@", rf"(?<![\w.+-])([\w.+-]{{1,64}}@{_DOMAIN})(?![\w-])", numbered=True, accept=is_mail),
    Rule("mail", "at)|at]", rf"(?<![\w.+-])([\w.+-]{{1,64}}\s?[(\[]at[)\]]\s?{_DOMAIN})(?![\w-])", numbered=True),
    Rule(
        "name",
        _LABEL_MARKS,
        rf"(?<![\w.-])(?:{_PERSON_LABEL})[\"']?\s{{0,20}}[:=|>\t]{{1,2}}\s{{0,20}}[\"']?{_NAME}",
        numbered=True,
        accept=is_person,
        signs=":=|>\t",
    ),
    Rule("name", _WORD_MARKS, rf"(?<![\w.-])(?:{_PERSON_WORDS}),?\s{{1,4}}{_NAME}", numbered=True, accept=is_person),
    Rule(
        "name",
        "bonjour|hello|hi |dear|hallo|cher|chère|liebe|geehrte|madame|monsieur",
        rf"(?<![\w.-]){_GREETING}\s{{1,4}}{_NAME}\s?[,!]",
        numbered=True,
        accept=is_person,
    ),
    Rule(
        "name",
        "m. |mme |mlle |mr|ms|dr|herr |frau ",
        rf"(?<![\w.-])(?-i:M\.|Mme|Mlle|Mrs?\.?|Ms\.|Dr\.?|Herr|Frau)\s{{1,3}}{_NAME}",
        numbered=True,
        accept=is_person,
    ),
    Rule("name", "@", rf"(?<![\w.-]){_NAME}[\s,–<(|\"-]{{1,6}}\[mail-", numbered=True, accept=is_person),
    # Jira and Tomcat write who asked beside the request's own number, `600x12x1`.
    Rule(
        "name",
        "info|warn|error|debug",
        r"\b(?:INFO|WARN|ERROR|DEBUG)\s{1,4}([^\s\[-]\S{0,63})\s\d{1,5}x\d{1,9}x\d{1,5}\b",
        numbered=True,
    ),
    Rule(
        "name", "[", r"\s(?:-|\d{1,5}x\d{1,9}x\d{1,5})\s([^\s\[-]\S{0,63})\s\[\d\d/(?-i:[A-Z])[a-z]{2}", numbered=True
    ),
    Rule("name", "users\\|home/", r"(?:[A-Z]:\\Users\\|/home/)([^\s\\/\"'<>:;,]{1,64})", numbered=True),
    Rule("phone", "+", r"(?<![\w+.])(\+\d{1,3}[\s().-]{0,3}\d(?:[\s().-]{0,2}\d){6,13})(?!\w)", accept=is_phone),
    Rule("phone", "-", r"(?<![\w.+/-])(\(?[2-9]\d{2}\)?[ -]\d{3}-\d{4})(?![\w.-])"),
    Rule("phone", "0", r"(?<![\w.,:+/-])(0[1-9](?:[\s.-]\d\d){4})(?![\w.-]?\d)"),
    Rule("phone", "00", r"(?<![\w.,:+/-])(00[1-9]\d{1,2} \d(?:[\s().-]{0,2}\d){6,13})(?![\w.-])", accept=is_phone),
    Rule(
        "phone",
        "tel|phone|mobile|mobil|fax|tél|portable|handy|gsm|ruf",
        r"\b(?:tel|tél|téléphone|telephone|telefon|telefonnummer|phone|mobile|mobil|fax|portable|handy|gsm|rückruf)\b"
        r"[^\n\d+(]{0,12}((?:\+|\(?0)[\d\s()./-]{7,22}\d)",
        accept=is_phone,
    ),
)
_MACHINES: tuple[Rule, ...] = (
    Rule(
        "host",
        "jdbc:",
        r"jdbc:[a-z0-9:]{1,40}(?:[\w.-]{0,60}/\[secret\])?(?:@?//|@)(?:\[id\](?::\[secret\])?@)?(?!\[)([\w.-]{1,200})",
        numbered=True,
    ),
    Rule(
        "host",
        "base",
        r"(?:base[ ._-]?url|url de base|basis-?url)[\"']?\s{0,40}[=:>\t|]\s{0,40}[\"']?https?://(?!\[|localhost\b)([\w.-]{1,200})",
        numbered=True,
    ),
    Rule(
        "host",
        "host",
        r"(?<![\w.-])[\w.-]{0,30}host(?:name)?[\"']?\s{0,4}[=:]\s{0,4}[\"']?([a-z0-9][\w.-]{1,200})",
        numbered=True,
        accept=is_host,
    ),
    Rule(
        "host",
        ".local|.internal|.corp|.lan|.intra|.priv",
        r"(?<![\w.@/-])([a-z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){0,5}\.(?:local|internal|corp|lan|intra|intranet|localdomain|priv))(?![\w.-]{0,1}\w)",
        numbered=True,
        accept=is_inner_host,
    ),
    Rule("host", "ldap", r"ldaps?://(?!\[)([\w.-]{1,200})", numbered=True),
    Rule("mac", ":|-", r"(?<![\w:-])([0-9a-f]{2}(?:[:-][0-9a-f]{2}){5})(?![\w:-])", numbered=True),
    Rule(
        "ip",
        ":",
        r"(?<![\w:.])([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\.\d{1,3}){0,3})(?![\w:.])",
        numbered=True,
        accept=is_ipv6,
    ),
    Rule("ip", ".", r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d])", numbered=True, accept=is_address),
)

PEOPLE = _PEOPLE + _IDENTIFIERS + _MACHINES
