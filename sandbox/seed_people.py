"""Twenty invented organisations. Telephone numbers are of the ranges kept for fiction; no address here can get mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Organisation:
    """One customer site and its technical contact; `domain` also names the site."""

    company: str
    country: str
    city: str
    postcode: str
    street: str
    domain: str
    contact: str
    phone: str
    billing: str = "facturation"
    region: str = "EMEA"
    partner: tuple[str, str, str] | None = None

    @property
    def email(self) -> str:
        local = self.contact.lower().translate(PLAIN).replace(" ", ".").replace("'", "")
        return f"{local}@{self.domain}"

    def person(self, name: str, email: str) -> dict[str, Any]:
        return {
            "email": email,
            "name": name,
            "address1": self.street,
            "city": self.city,
            "postcode": self.postcode,
            "phone": self.phone,
        }

    def contact_details(self) -> dict[str, Any]:
        """`contactDetails` of a v3 row; a partner's customer is billed through the partner."""
        billing = self.person("Facturation", f"{self.billing}@{self.domain}")
        if self.partner is not None and self.partner[1] == "Reseller":
            billing = {"email": self.partner[2], "name": "Orders"}
        return {
            "company": self.company,
            "country": self.country,
            "region": self.region,
            "technicalContact": self.person(self.contact, self.email),
            "billingContact": billing,
        }


PLAIN = str.maketrans("àâäçéèêëîïôöùûüÿñáíóúåøßł", "aaaceeeeiioouuuynaiouaosl")
RESELLER = ("Revendeur Invente", "Reseller", "commandes@revendeur-exemple.fr")
EXPERT = ("Integrateur Invente", "Expert", "")
FREEMAIL = "personne-inventee"  # a hyphen: the provider has no such names, so nobody owns it

ORGANISATIONS = (
    Organisation(
        "Atelier Lumen SAS",
        "France",
        "Lyon",
        "69003",
        "12 rue des Tilleuls",
        "atelier-lumen-exemple.fr",
        "Claire Dubreuil",
        "+33 4 65 71 00 01",
    ),
    Organisation(
        "Coopérative Val d'Orme",
        "France",
        "Rennes",
        "35000",
        "4 place du Marché",
        "valdorme-exemple.fr",
        "Yann Le Guern",
        "+33 2 61 91 00 02",
    ),
    Organisation(
        "Mairie de Saint-Corvin",
        "France",
        "Saint-Corvin",
        "33990",
        "1 place de la Mairie",
        "saint-corvin-exemple.fr",
        "Hélène Castaing",
        "+33 5 36 49 00 03",
    ),
    Organisation(
        "Nordelec Ingénierie",
        "France",
        "Lille",
        "59000",
        "88 boulevard du Canal",
        "nordelec-exemple.fr",
        "Mehdi Haddad",
        "+33 3 53 01 00 04",
    ),
    Organisation(
        "Pharmaciens de l'Étang",
        "France",
        "Montpellier",
        "34000",
        "7 quai des Flamants",
        "pharma-etang-exemple.fr",
        "Sophie Régnier",
        "+33 4 65 71 00 05",
    ),
    Organisation(
        "Banque Mutuelle des Cimes",
        "France",
        "Annecy",
        "74000",
        "30 avenue du Lac",
        "mutuelle-cimes-exemple.fr",
        "Antoine Favrat",
        "+33 4 65 71 00 06",
        partner=RESELLER,
    ),
    Organisation(
        "Université de Brumeval",
        "France",
        "Brumeval",
        "54990",
        "2 allée du Campus",
        "univ-brumeval-exemple.fr",
        "Nadia Berthelot",
        "+33 3 53 01 00 07",
    ),
    Organisation(
        "Transports Roussel & Fille",
        "France",
        "Nantes",
        "44000",
        "15 rue du Port",
        "roussel-exemple.fr",
        "Lucie Roussel",
        "+33 2 61 91 00 08",
        partner=RESELLER,
    ),
    Organisation(
        "Studio Pixelune",
        "France",
        "Paris",
        "75011",
        "9 passage du Cygne",
        "pixelune-exemple.fr",
        "Inès Moreau",
        "+33 1 99 00 00 09",
    ),
    Organisation(
        "Camille Fontanelle",
        "France",
        "Toulouse",
        "31000",
        "3 rue du Puits",
        "gmail.com",
        FREEMAIL,
        "+33 6 39 98 00 10",
        billing=FREEMAIL,
    ),
    Organisation(
        "Harbour & Finch Ltd",
        "United Kingdom",
        "Bristol",
        "BS1 4XX",
        "21 Old Dock Lane",
        "harbourfinch-example.co.uk",
        "Oliver Finch",
        "+44 1632 960011",
        billing="accounts",
    ),
    Organisation(
        "Ostsee Werkzeuge GmbH",
        "Germany",
        "Rostock",
        "18055",
        "Hafenstraße 5",
        "ostsee-werkzeuge-example.de",
        "Jürgen Vogt",
        "+49 30 23125 012",
        billing="buchhaltung",
    ),
    Organisation(
        "Talleres Ribera SL",
        "Spain",
        "Bilbao",
        "48001",
        "Calle del Muelle 8",
        "talleres-ribera-example.es",
        "Íñigo Ribera",
        "+34 900 000 013",
        billing="facturas",
    ),
    Organisation(
        "Fiordo Software AS",
        "Norway",
        "Bergen",
        "5003",
        "Bryggen 40",
        "fiordo-example.no",
        "Åse Nilsen",
        "+47 99 99 00 14",
        billing="faktura",
    ),
    Organisation(
        "Maple Ridge Analytics",
        "Canada",
        "Montréal",
        "H2X 1Y4",
        "500 rue Inventée",
        "mapleridge-example.ca",
        "Geneviève Tremblay",
        "+1 514 555 0115",
        billing="billing",
        region="Americas",
    ),
    Organisation(
        "Prairie Wind Health",
        "United States",
        "Omaha",
        "68102",
        "77 Cornfield Ave",
        "prairiewind-example.com",
        "Dana Whitfield",
        "+1 402 555 0116",
        billing="ap",
        region="Americas",
    ),
    Organisation(
        "Sakura Seisakusho KK",
        "Japan",
        "Nagoya",
        "460-0001",
        "3-1 Marunouchi",
        "sakura-example.jp",
        "Haruto Mori",
        "+81 52 000 0117",
        billing="keiri",
        region="APAC",
    ),
    Organisation(
        "Southern Cross Surveys",
        "Australia",
        "Hobart",
        "7000",
        "6 Wharf Street",
        "southerncross-example.com.au",
        "Mia Hartley",
        "+61 3 5550 0118",
        billing="accounts",
        region="APAC",
    ),
    Organisation(
        "Alpenglanz AG",
        "Switzerland",
        "Chur",
        "7000",
        "Bahnhofplatz 2",
        "alpenglanz-example.ch",
        "Reto Caduff",
        "+41 81 000 01 19",
        billing="rechnung",
        partner=EXPERT,
    ),
    Organisation(
        "Laboratoires Vermeil",
        "Belgium",
        "Namur",
        "5000",
        "11 rue des Verriers",
        "vermeil-exemple.be",
        "Élodie Vermeil",
        "+32 81 00 01 20",
    ),
)
