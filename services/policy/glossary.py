"""Words of the trade in both languages, and translations of them that say something else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from models.register import Language


def _words(pairs: str) -> Mapping[str, str]:
    return dict(pair.split("=") for pair in pairs.split())


# French word, without accents -> English word. For headings; words that look alike in both languages need no entry.
TITLE_WORDS = _words(
    """donnees=data donnee=data sauvegardes=backups sauvegarde=backups droits=rights droit=rights duree=period
    durees=periods retention=retention conservation=retention telephone=phone courriel=email courriels=email mel=email
    emails=email mail=email fax=fax telecopie=fax telecopies=fax changements=changes modifications=changes
    modification=changes evolution=changes collecte=collection collect=collection collection=collection
    utilisation=use usage=use utilisez=use using=use finalites=purposes finalite=purposes why=purposes pourquoi=purposes
    destinataires=recipients transfert=transfer transferts=transfer partage=sharing divulgation=disclosure
    echanges=exchange echange=exchange partenaires=partners mineurs=children enfants=children minors=children
    journaux=logs journal=logs comptables=accounting comptabilite=accounting facturation=billing factures=invoices
    devis=quotation paiement=payment paiements=payment contenu=content creation=creation suivi=track visites=visits
    responsable=controller qui=who sommes=are contacter=contact contactez=contact sommaire=contents contenus=contents
    bref=summary resume=summary reclamation=complaint reclamations=complaint plainte=complaint choix=choices
    site=online sites=online ligne=online personnelles=personal caractere=personal personnel=personal
    hebergement=hosting sous=processors traitants=processors bases=basis base=basis legale=legal legales=legal
    quand=when comment=how combien=how temps=long propos=about telephonique=phone prospection=marketing
    commerciale=marketing publicite=advertising mesure=analytics audience=analytics temoins=cookies
    signalement=report violation=breach violations=breach incident=breach avis=notices entreprise=company"""
)
# Written alike in both languages, or a word of the other one with another meaning.
_EITHER = """retention conservation modification evolution site sites base bases fax mail journal creation audience
    incident telephone personnel reclamation reclamations resume comment divulgation mel long are emails email violation
    violations collection collect usage minors why using payment contact content transfer cookies"""
_SMALL_WORDS: Mapping[Language, str] = {
    "fr": "vos nos notre votre les des vous nous securite confidentialite politique",
    "en": "your our the we you security privacy policy who what how",
}
_ONLY = {"fr": set(TITLE_WORDS) - set(TITLE_WORDS.values()), "en": set(TITLE_WORDS.values())}
# Words that make a heading French or English on their own.
HEADING_WORDS: Mapping[Language, frozenset[str]] = {
    "fr": frozenset((_ONLY["fr"] - set(_EITHER.split())) | set(_SMALL_WORDS["fr"].split())),
    "en": frozenset((_ONLY["en"] - set(_EITHER.split())) | set(_SMALL_WORDS["en"].split())),
}


@dataclass(frozen=True)
class Term:
    """Where `there` stands in `source`, `wrong` in the other language mistranslates it; `right` is what is meant."""

    source: Language
    there: re.Pattern[str]
    wrong: re.Pattern[str]
    right: str
    severity: Literal["error", "warning"] = "warning"


def _term(
    source: Language, there: str, wrong: str, right: str, severity: Literal["error", "warning"] = "warning"
) -> Term:
    return Term(source, re.compile(there, re.IGNORECASE), re.compile(wrong, re.IGNORECASE), right, severity)


TERMS = (
    _term(
        "fr",
        r"(?:données|informations|coordonnées) (?:d['’]identification|d['’]identité|de contact)|coordonnées",
        r"\bcredentials?\b|\bpasswords?\b|\blog-?in (?:data|details)\b",
        "identification data",
        "error",
    ),
    _term("fr", r"\bsauvegard", r"\b(?:not|none|never|explicitly)\b[^.]*\bsaved\b", "backed up", "error"),
    _term("fr", r"\bsous-traitants?\b", r"\bsub-?contractors?\b", "processor"),
    _term(
        "fr",
        r"\bresponsable d[ue] traitement",
        r"\bresponsible (?:for|of) (?:the )?(?:processing|treatment)",
        "controller",
    ),
    _term(
        "fr",
        r"\blimitation d[ue] traitement",
        r"\blimitation of (?:the )?(?:treatment|processing)",
        "restriction of processing",
    ),
    _term("fr", r"\bdroit d['’]opposition", r"\bright (?:of|to) opposition", "right to object"),
    _term("fr", r"\btraitement", r"\btreatments?\b", "processing"),
    _term("fr", r"\bpersonnes? concernées?", r"\bconcerned (?:persons?|people|parties)", "data subject"),
    _term("fr", r"\bdirectives?\b", r"\bguide-?lines?\b", "directives"),
    _term("fr", r"\bautorité de contrôle", r"\bcontrol authority|\bauthority of control", "supervisory authority"),
    _term("fr", r"\bviolations? de données", r"\bdata violations?|\bviolations? of data", "data breach"),
    _term(
        "fr",
        r"\b(?:durée|délai)s? de conservation",
        r"\bconservation (?:period|duration|time)|\bduration of conservation",
        "retention period",
    ),
    _term("fr", r"\bdélégué à la protection", r"\bdelegate (?:to|for|of)", "data protection officer"),
    _term("fr", r"\b(?:m[ée]morise[rz]|se souvenir)[- ](?:de )?moi", r"\bmemori[sz]e me\b", "Remember me"),
    _term("fr", r"\bcoordonnées\b", r"\bcoordinates\b", "contact details"),
    _term("fr", r"\bdestinataires?\b", r"\baddressees?\b", "recipient"),
    _term("fr", r"\bavis\b(?! de )", r"\breviews\b", "notice"),
    _term("fr", r"\béventuel(?:lement|s|les?)?\b", r"\beventual(?:ly)?\b", "possibly"),
    _term("fr", r"\bactuel(?:lement|s|les?)?\b", r"\bactual(?:ly)?\b", "current"),
    _term(
        "en",
        r"\bidentification data|\bidentity data",
        r"\bidentifiants? de connexion|\bmots? de passe",
        "données d'identification",
        "error",
    ),
    _term("en", r"\bcontrollers?\b", r"\bcontrôleurs? (?:de|des) données", "responsable de traitement"),
    _term("en", r"\bprocessors?\b", r"\bprocesseurs?\b", "sous-traitant"),
    _term("en", r"\bdata subjects?\b", r"\bsujets? (?:de|des) données", "personne concernée"),
    _term("en", r"\bbreach", r"\bbrèches?\b", "violation de données"),
    _term("en", r"\bsafeguards?\b", r"\bsauvegardes?\b", "garanties, mesures de protection", "error"),
)  # fmt: skip
