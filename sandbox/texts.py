"""What the front says, in French and in English."""

from __future__ import annotations

LANGUAGES = ("fr", "en")

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Atlassian de bac à sable", "Sandbox Atlassian"),
    "lead": (
        "Un Jira, un Confluence et un Marketplace d'essai, sur cette machine seulement. Personnes et "
        "sociétés sont inventées. Fairtrial croit parler au vrai Atlassian : signatures, versions et "
        "refus sont les mêmes. Voici cinq choses à essayer ; à droite, vous voyez l'application "
        "répondre.",
        "A Jira, a Confluence and a Marketplace to try things on, on this machine only. People and "
        "companies are invented. Fairtrial believes it talks to the real Atlassian: signatures, versions"
        " and refusals are the same. Here are five things to try; on the right you see the app respond.",
    ),
    "skip": ("Aller au contenu", "Skip to content"),
    "home": ("Essais", "Try"),
    "language": ("Langue", "Language"),
    "theme": ("Thème", "Theme"),
    "light": ("Clair", "Light"),
    "dark": ("Sombre", "Dark"),
    "acting_as": ("Agir en tant que", "Act as"),
    "apply": ("Appliquer", "Apply"),
    "menu": ("Navigation", "Navigation"),
    "not_installed": (
        "L'application n'est pas installée. Rien ne s'affichera dans les cadres avant cela.",
        "The app is not installed. The frames stay empty until it is.",
    ),
    "install": ("Installer l'application", "Install the app"),
    "reinstall": ("Réinstaller (nouveau secret)", "Re-install (new secret)"),
    "install_h": ("L'installation", "Installation"),
    "evaluation_h": ("1. Trouver un évaluateur", "1. Find an evaluator"),
    "evaluation_p": (
        "Quelqu'un essaie une app : un événement signé le dit à Fairtrial, et deux secondes plus tard la"
        " personne est dans Jira.",
        "Somebody tries an app: a signed event tells Fairtrial, and two seconds later the person is in "
        "Jira.",
    ),
    "company": ("Société", "Company"),
    "person": ("Personne", "Person"),
    "email": ("Adresse électronique", "E-mail"),
    "optional": ("laisser vide pour inventer", "leave empty to invent"),
    "start_evaluation": ("Démarrer l'évaluation", "Start the evaluation"),
    "open_prospects": ("Ouvrir Prospects dans Jira", "Open Prospects in Jira"),
    "events_p": (
        "Les {n} licences sont envoyées une à une. Les renvoyer, même dans le désordre, ne doit rien "
        "changer.",
        "The {n} licences are sent one by one. Sending them again, even out of order, must change "
        "nothing.",
    ),
    "send_shuffled": ("Dans le désordre, deux fois", "Out of order, twice"),
    "send_wrong": ("Avec une fausse signature", "With a wrong signature"),
    "case_h": ("4. Lire la configuration d'un dossier", "4. Read the configuration of a case"),
    "case_p": (
        "Un client demande de l'aide, avec une archive de support. Le panneau à côté du dossier montre "
        "ce que Fairtrial y lit ; le fichier n'est pas gardé.",
        "A customer asks for help, with a support zip. The panel beside the case shows what Fairtrial "
        "reads in it; the file is not kept.",
    ),
    "summary": ("Résumé", "Summary"),
    "summary_value": ("La macro Tableaux échoue après la mise à jour", "The Tableaux macro fails after the upgrade"),
    "description": ("Description", "Description"),
    "attachment": ("Fichiers joints", "Attachments"),
    "sample": ("Joindre une archive de support inventée", "Attach an invented support zip"),
    "open_case": ("Ouvrir le dossier", "Open the case"),
    "cases": ("Dossiers", "Cases"),
    "no_cases": ("Aucun dossier encore.", "No cases yet."),
    "policy_h": ("5. Garder la politique à sa place", "5. Keep the policy in place"),
    "policy_p": (
        "Fairtrial la publie ici en deux langues. Modifiez une page comme le ferait un inconnu, puis "
        "publiez de nouveau, dans Jira sous Politique : la modification est gardée, et la politique "
        "revient.",
        "Fairtrial publishes it here in two languages. Edit a page as a stranger would, then publish "
        "again, in Jira under Policy: the edit is kept, and the policy comes back.",
    ),
    "edit_stranger": ("Modifier en inconnu", "Edit as a stranger"),
    "stranger_text": ("Ajouté par un inconnu.", "Added by a stranger."),
    "faults_p": (
        "La prochaine requête de l'application qui correspond échouera ainsi. L'état final doit rester le même.",
        "The app's next matching request will fail like this. The final state must stay the same.",
    ),
    "fault_drop": ("Publier : réponse perdue", "Publishing: reply lost"),
    "fault_conflict": ("Publier : modifié entre-temps", "Publishing: edited in between"),
    "fault_limit": ("Partout : trop de requêtes (429)", "Everywhere: too many requests (429)"),
    "fault_down": ("Marketplace : en panne (502)", "Marketplace: down (502)"),
    "fault_export": ("Marketplace : export en échec", "Marketplace: export fails"),
    "fault_slow": ("Jira : lent", "Jira: slow"),
    "clear_faults": ("Tout réparer", "Repair everything"),
    "journal_requests": ("Requêtes reçues (JSON)", "Requests received (JSON)"),
    "journal_deliveries": ("Messages envoyés (JSON)", "Messages sent (JSON)"),
    "consent_h": ("2. Savoir si l'on peut lui écrire", "2. Learn whether you may mail them"),
    "consent_p": (
        "Ouvrez un prospect : la carte Consentement dit si l'on peut lui écrire, et pourquoi. Créez-y le"
        " lien vers ses choix, ouvrez-le et opposez-vous à sa place. Aucun événement ne le défera plus :"
        " essayez.",
        "Open a prospect: the card Consent says whether you may mail them, and why. Make the link to "
        "their choices there, open it, and object in their place. No event undoes that any more: try.",
    ),
    "replay": ("Rejouer tous les événements", "Replay all events"),
    "rights_h": ("3. Répondre à une demande d'accès", "3. Answer an access request"),
    "rights_p": (
        "Demandez vos données comme le ferait un évaluateur, avec l'adresse d'un prospect. Dans Jira, le"
        " menu Droits montre la demande et son échéance.",
        "Ask for your data as an evaluator would, with the address of a prospect. In Jira, the menu "
        "Rights desk shows the request and its deadline.",
    ),
    "open_request": ("Demander ses données", "Ask for one's data"),
    "break_h": ("Et maintenant, casser des choses", "And now break things"),
    "live_h": ("L'application, en direct", "The app, live"),
    "live_wait": ("Rien encore : appuyez sur un bouton.", "Nothing yet: press a button."),
    "live_taken": ("Message {event} : pris ({answer})", "Message {event}: taken ({answer})"),
    "live_refused": ("Message {event} : refusé ({answer})", "Message {event}: refused ({answer})"),
    "live_fault": ("panne commandée : {kind}", "fault on order: {kind}"),
    "live_transactions": ("Relève les transactions du Marketplace", "Fetches transactions of the Marketplace"),
    "live_licences": ("Relève les licences du Marketplace", "Fetches licences of the Marketplace"),
    "live_page_written": ("Écrit une page de Confluence", "Writes a page of Confluence"),
    "live_page_made": ("Crée une page de Confluence", "Makes a page of Confluence"),
    "live_index": ("Écrit l'index d'un dossier dans Jira", "Writes the index of a case in Jira"),
    "live_attachment": ("Lit un fichier joint", "Reads an attachment"),
    "live_case": ("Lit un dossier", "Reads a case"),
    "live_groups": ("Demande si quelqu'un est du personnel", "Asks whether somebody is staff"),
    "jira": ("Jira", "Jira"),
    "confluence": ("Confluence", "Confluence"),
    "apps": ("Apps", "Apps"),
    "no_frame": (
        "L'application n'offre pas cette page, ou n'est pas installée.",
        "The app has no such page, or is not installed.",
    ),
    "details": ("Détails", "Details"),
    "reporter": ("Rapporteur", "Reporter"),
    "status": ("État", "Status"),
    "created": ("Création", "Created"),
    "environment": ("Environnement", "Environment"),
    "comments": ("Commentaires", "Comments"),
    "comment": ("Commentaire", "Comment"),
    "add_comment": ("Commenter", "Comment"),
    "add_file": ("Joindre", "Attach"),
    "none": ("Rien encore.", "Nothing yet."),
    "role_alice": ("personnel", "staff"),
    "role_olivia": ("déléguée à la protection des données", "privacy officer"),
    "role_bob": ("ni l'un ni l'autre", "neither"),
    "pages": ("Pages", "Pages"),
    "page": ("Page", "Page"),
    "space": ("Espace", "Space"),
    "version": ("Version", "Version"),
    "updated": ("Mise à jour", "Updated"),
    "by": ("par", "by"),
    "missing": (
        "Cette page n'existe pas, ou vous ne pouvez pas la voir.",
        "This page does not exist, or you cannot see it.",
    ),
    "done": ("C'est fait.", "Done."),
    "failed": ("Refusé", "Refused"),
    "working": ("En cours…", "Working…"),
    "deliveries": ("{ok} sur {n} message(s) acceptés par l'application.", "{ok} of {n} message(s) taken by the app."),
    "answered": ("Dernière réponse :", "Last answer:"),
    "unreachable": ("le bac à sable ne répond pas", "the sandbox does not answer"),
    "no_script": (
        "Les boutons de cette page demandent JavaScript ; les pages de Confluence se lisent sans.",
        "The buttons of this page need JavaScript; the Confluence pages can be read without.",
    ),
}  # fmt: skip
SCRIPT = ("done", "failed", "working", "deliveries", "answered", "unreachable")


class Texts:
    """`t("key")` in one language; `{name}` parts are filled in."""

    def __init__(self, lang: str) -> None:
        self._place = LANGUAGES.index(lang)

    def __call__(self, key: str, **parts: object) -> str:
        text = TEXTS[key][self._place]
        return text.format(**parts) if parts else text

    def for_script(self) -> dict[str, str]:
        return {key: self(key) for key in SCRIPT}


def choose(accept_language: str) -> str:
    """The better of our two languages for an `Accept-Language` header; English when it names neither."""
    ranked: list[tuple[float, str]] = []
    for part in accept_language[:500].split(","):
        name, _, weight = part.strip().partition(";q=")
        lang = name[:2].lower()
        if lang in LANGUAGES:
            try:
                ranked.append((-float(weight or 1), lang))
            except ValueError:
                continue
    return min(ranked)[1] if ranked else "en"
