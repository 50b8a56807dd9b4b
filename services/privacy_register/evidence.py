"""How each commitment of the policy is kept: by which code, and by which test that is seen; or why it does not arise.

Whoever builds a part of the product binds its commitments here. A test resolves every name; another one compares
docs/privacy-register.md with what is made of this.
"""
# A commitment a line, as in the policy: it is read as a table.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kept:
    """`promise` in a few words; `code` as `module:name`; `test` as `file::function`."""

    promise: str
    code: str
    test: str


@dataclass(frozen=True)
class DoesNotArise:
    """`why` there is nothing to keep here, and the `test` that proves it."""

    promise: str
    why: str
    test: str


Evidence = Kept | DoesNotArise

_ABSENT = "tests/services/retention/test_absence.py::"
_AUDIT = "tests/services/accountability/test_audit.py::"
_EXCHANGE = "tests/services/exchange/test_packages.py::"
_GATE = "tests/services/accountability/test_disclosure.py::"
_REGISTERS = "tests/services/accountability/test_registers.py::"
_RUN = "tests/services/retention/test_run.py::"
_LETTERS = "tests/services/accountability/test_correspondence.py::"
_LOG = "tests/services/retention/test_access_log.py::"
_DESK = "tests/services/rights/test_desk.py::"
_FORM = "tests/handlers/test_privacy_request.py::"
_ERASURE = "tests/services/erasure/test_erasure.py::"
_POLICY = "tests/policy/"
_REGISTER = "tests/policy/test_register.py::"
_CASES = "tests/support/test_cases.py::"
_STAFF = "tests/handlers/test_staff.py::"
_CHOICES = "tests/handlers/test_privacy.py::"
_GATE_OF_CONTACT = "tests/services/test_may_contact.py::"
_INGEST = "tests/services/marketplace/test_ingest.py::"

EVIDENCE: Mapping[str, Evidence] = {
    "C01": Kept("what is submitted is bound to the policy in force, and is no consent to marketing", "services.consent:append", _CHOICES + "test_objecting_holds_at_once_and_twice_is_once"),
    "C02": Kept("every use has a purpose that is told", "models.register:PURPOSES", _REGISTER + "test_every_category_has_a_name_a_period_and_a_purpose"),
    "C03": Kept("whoever receives data is told of", "models.register:RECIPIENTS", _POLICY + "test_text.py::test_every_period_and_recipient_of_the_register_stands_in_both_languages"),
    "C04": Kept("nobody else receives anything", "services.disclosure:disclose", _GATE + "test_everything_else_is_refused_and_leaves_no_entry"),
    "C05": Kept("staff look for a purpose alone", "services.audit:record", _STAFF + "test_each_reading_names_its_purpose_and_is_in_the_journal"),
    "C06": Kept("data is used against abuse in that case alone", "services.disclosure:disclose", _GATE + "test_everything_else_is_refused_and_leaves_no_entry"),
    "C07": Kept("who may be told of abuse is listed", "services.disclosure:disclose", _GATE + "test_everything_else_is_refused_and_leaves_no_entry"),
    "C08": Kept("16 and under need a guardian's permission", "services.opt_in:choose", "tests/handlers/test_opt_in.py::test_who_does_not_say_that_they_are_old_enough_is_asked_nothing"),
    "C09": Kept("without that permission nothing is kept", "services.erasure:carry_out", _ERASURE + "test_what_is_erased_is_gone_and_the_others_stay"),
    "C10": Kept("anybody can send a request", "services.rights.desk:take", _FORM + "test_a_person_asks_confirms_sees_and_takes_along"),
    "C11": Kept("only what is needed is collected", "models.base:held", "tests/models/test_schema.py::test_a_column_without_category_is_no_column"),
    "C12": Kept("identification data is that of the list", "models.people:Person", "tests/services/retention/test_bindings.py::test_every_category_of_a_column_has_a_period"),
    "C13": Kept("authentication data is in a store of its own", "services.access_log:AccessLog", _LOG + "test_public_pages_are_logged_by_route_and_others_are_not"),
    "C14": Kept("configurations are taken, without secrets", "services.support:redact", "tests/support/test_redaction.py::test_secrets_and_people_go"),
    "C15": Kept("accounting data is held", "services.retention.accounting:over", _RUN + "test_invariant_5_under_hold_the_database_refuses_and_after_it_the_run_removes"),
    "C16": Kept("a mail is used to answer it", "services.correspondence:enter", _LETTERS + "test_a_mail_is_sealed_and_read_for_a_purpose"),
    "C17": Kept("access to the site has a purpose of its own", "models.register:PURPOSES", _REGISTER + "test_every_category_has_a_name_a_period_and_a_purpose"),
    "C18": Kept("administering and improving have purposes of their own", "models.register:PURPOSES", _REGISTER + "test_every_category_has_a_name_a_period_and_a_purpose"),
    "C19": Kept("orders and accounts rest on the contract", "models.register:PURPOSES", _REGISTER + "test_messages_that_need_consent_have_no_other_basis"),
    "C20": Kept("opinions are asked with consent alone", "services.may_contact:may_contact", _GATE_OF_CONTACT + "test_interest_is_no_basis_for_news_nor_for_calls"),
    "C21": Kept("news need consent, and are occasional", "services.may_contact:may_contact", _GATE_OF_CONTACT + "test_news_comes_once_in_thirty_days"),
    "C22": Kept("use of the site is not joined with people", "handlers.visits:init_app", _LOG + "test_public_pages_are_logged_by_route_and_others_are_not"),
    "C23": Kept("correspondence is kept by its mode", "services.correspondence:enter", _LETTERS + "test_each_mode_is_kept_by_its_rule"),
    "C24": Kept("where contact data is from is recorded", "models.people:Person", _CHOICES + "test_a_person_sees_what_is_held_and_where_it_is_from"),
    "C25": Kept("of a call four facts are kept", "models.correspondence:Correspondence", _LETTERS + "test_of_a_call_four_facts_are_kept_and_no_more"),
    "C26": Kept("a withheld number is none", "services.correspondence:enter", _LETTERS + "test_a_withheld_number_is_none"),
    "C27": Kept("a fax is deleted once it was read", "services.correspondence:read", _LETTERS + "test_a_fax_is_gone_once_it_was_read"),
    "C28": Kept("of a mail the address is kept, and no list of servers", "models.correspondence:Correspondence", _LETTERS + "test_a_mail_is_sealed_and_read_for_a_purpose"),
    "C29": Kept("mails are kept two years", "services.retention:RULES", _LETTERS + "test_each_mode_is_kept_by_its_rule"),
    "C30": Kept("and deleted when somebody ceases to be a client", "services.retention.customers:letters", _LETTERS + "test_mails_go_when_somebody_ceases_to_be_a_client"),
    "C31": Kept("people see all their mails", "services.rights.export:export", _LETTERS + "test_the_person_sees_their_correspondence"),
    "C32": Kept("a support request is recorded with its author", "services.support.cases:refresh_case", _CASES + "test_people_are_sealed_and_links_of_the_answer_are_never_followed"),
    "C33": DoesNotArise("requests are notified by e-mail", "Jira sends them; this program sends none about cases", _ABSENT + "test_no_letter_is_about_a_support_case"),
    "C34": Kept("everything stored can be seen at any time", "services.rights.export:export", _FORM + "test_a_person_asks_confirms_sees_and_takes_along"),
    "C35": Kept("authors of pages are noted, and forgotten with their account", "services.account_reports:close", "tests/services/accountability/test_account_reports.py::test_a_closed_account_is_gone_from_every_table_and_never_asked_about_again"),
    "C36": DoesNotArise("the latest pages are recorded for a while", "no list of visited pages is kept", _ABSENT + "test_invariant_7_no_page_visits_are_stored"),
    "C37": DoesNotArise("nobody of us can read that list", "there is none", _ABSENT + "test_invariant_7_no_page_visits_are_stored"),
    "C38": DoesNotArise("it is deleted within an hour", "there is none", _ABSENT + "test_invariant_7_no_page_visits_are_stored"),
    "C39": DoesNotArise("comments bear the user's name", "nothing can be commented on here", _ABSENT + "test_nothing_can_be_published_here"),
    "C40": Kept("access logs are of the standard format", "services.access_log:AccessLog", _LOG + "test_the_format_is_the_combined_one_and_nothing_breaks_a_line"),
    "C41": Kept("they serve security and operation", "models.register:PURPOSES", _REGISTER + "test_every_category_has_a_name_a_period_and_a_purpose"),
    "C42": DoesNotArise("cookies let you log in", "no cookie is ever set", _ABSENT + "test_no_route_sets_a_cookie"),
    "C43": DoesNotArise("“remember me” stores a token", "no cookie is ever set", _ABSENT + "test_no_code_sets_a_cookie"),
    "C44": Kept("everything works without cookies", "handlers.privacy:blueprint", _CHOICES + "test_looking_changes_nothing_and_sets_no_cookie"),
    "C45": DoesNotArise("Google Analytics may be used", "no page loads anything from elsewhere", _ABSENT + "test_no_page_loads_anything_from_elsewhere"),
    "C46": Kept("what Google would do is told", "models.register:RECIPIENTS", _REGISTER + "test_google_is_off_and_the_named_recipients_have_a_policy"),
    "C47": Kept("accounting documents are kept by law", "models.accountability:hold_statements", _RUN + "test_invariant_5_under_hold_the_database_refuses_and_after_it_the_run_removes"),
    "C48": Kept("whatever their kind", "services.retention.accounting:over", _RUN + "test_invariant_5_under_hold_the_database_refuses_and_after_it_the_run_removes"),
    "C49": Kept("also when asked to destroy them", "services.erasure:plan", _ERASURE + "test_a_plan_names_every_field_its_fate_and_why_something_stays"),
    "C50": Kept("online payments: ten years, for “indefinitely” is no period", "models.register:PERIODS", _REGISTER + "test_what_has_no_end_is_refused"),
    "C51": Kept("PayPal is told of", "models.register:RECIPIENTS", _REGISTER + "test_google_is_off_and_the_named_recipients_have_a_policy"),
    "C52": DoesNotArise("our bank keeps account numbers", "no bank account and no card is held here", _ABSENT + "test_no_bank_account_is_held"),
    "C53": Kept("configurations are those that people attach", "services.support.cases:refresh_case", _CASES + "test_a_support_zip_becomes_a_configuration"),
    "C54": Kept("they serve support", "services.support.view:panel", "tests/support/test_panel.py::test_whoever_may_not_see_the_issue_sees_nothing"),
    "C55": Kept("evaluators' data comes from Atlassian, and they are told", "services.notices:due", "tests/handlers/test_notices.py::test_people_are_told_in_their_language_and_interest_counts_from_then_on"),
    "C56": Kept("Atlassian gets configurations and nothing else, when two of us agree", "services.exchange.release:enter", _EXCHANGE + "test_a_package_holds_names_and_versions_and_nothing_else"),
    "C57": Kept("staff may look, and that is seen", "services.audit:reads_of", _AUDIT + "test_the_person_sees_who_looked_also_through_lists"),
    "C58": Kept("nothing is sold or shared but by law or consent", "services.disclosure:disclose", _GATE + "test_there_is_no_way_to_sell"),
    "C59": DoesNotArise("client organisations may be named as references", "no list of references is made", _ABSENT + "test_no_list_of_references_is_made"),
    "C60": DoesNotArise("individuals never are", "no list of references is made", _ABSENT + "test_no_list_of_references_is_made"),
    "C61": Kept("a new owner gets nobody who objects", "services.corporate:announce", _GATE + "test_a_successor_gets_nobody_who_objects_and_nobody_before_the_window_is_over"),
    "C62": Kept("identification data: ten years for clients, three for prospects", "services.retention:apply", _RUN + "test_a_prospect_goes_three_years_after_their_last_own_act"),
    "C63": Kept("access logs: four to ten days by volume", "services.access_log:days_for", _LOG + "test_invariant_8_no_line_goes_before_four_days_or_stays_for_more_than_ten"),
    "C64": Kept("and in no backup", "services.access_log:AccessLog", _LOG + "test_invariant_8_no_address_of_a_visitor_is_in_a_backup"),
    "C65": Kept("configurations are kept by mode of collection", "services.retention.support:configurations", _RUN + "test_configurations_go_by_their_mode_and_cases_after_them"),
    "C66": Kept("for three years", "services.retention.support:configurations", _RUN + "test_configurations_go_by_their_mode_and_cases_after_them"),
    "C67": Kept("accounting data: ten years", "services.retention.accounting:forget", _RUN + "test_invariant_5_under_hold_the_database_refuses_and_after_it_the_run_removes"),
    "C68": Kept("there are safeguards, also for backups", "services.erasure.completion:replay", "tests/services/erasure/test_completion.py::test_invariant_4_a_restored_backup_never_serves_who_was_erased"),
    "C69": Kept("only authorised staff has access", "services.authorisations:effective", "tests/handlers/test_authorisations.py::test_a_barred_account_reads_nothing_and_says_so_in_no_entry"),
    "C70": Kept("breaches are prevented, and told in 72 hours", "services.incidents:open_incident", _REGISTERS + "test_the_clock_runs_from_when_it_became_known"),
    "C71": Kept("right of access, with a copy", "services.rights.export:export", _FORM + "test_what_article_15_asks_for_is_told"),
    "C72": Kept("right to rectification", "services.rights.fulfilment:fulfil", _DESK + "test_invariant_17_a_rectified_field_survives_the_next_feed"),
    "C73": Kept("right to erasure", "services.erasure:carry_out", _ERASURE + "test_invariant_3_erasing_twice_is_erasing_once"),
    "C74": Kept("right to restriction", "services.rights.fulfilment:fulfil", _DESK + "test_restricted_is_stored_and_nothing_else"),
    "C75": Kept("right to object to prospecting, absolute", "services.consent:object_to", _ERASURE + "test_invariant_2_an_objection_outlives_erasure_and_the_next_feed"),
    "C76": Kept("right to object for reasons of one's own", "services.rights.desk:take", _DESK + "test_an_objection_needs_no_identity_and_holds_for_strangers_too"),
    "C77": Kept("right to portability", "services.rights.export:provided", _FORM + "test_a_vcard_is_escaped_and_folded"),
    "C78": Kept("directives for after death", "services.rights.directives:register", _DESK + "test_directives_are_kept_revoked_and_carried_out"),
    "C79": Kept("consent can be withdrawn at any time", "services.opt_in:choose", "tests/handlers/test_opt_in.py::test_what_is_unticked_ends_at_once_and_needs_no_letter"),
    "C80": Kept("rights are exercised on any channel", "services.rights.desk:take", _FORM + "test_every_right_can_be_asked_for"),
    "C81": Kept("every answer names the authority", "services.rights.letters:KIND", "tests/handlers/test_rights_letters.py::test_every_letter_names_the_remedies_and_says_what_is_so"),
    "C82": Kept("changes of the policy are published on the same page", "services.policy.publish:publish", _POLICY + "test_publish.py::test_a_changed_clause_makes_version_2_on_the_same_page"),
    "C83": Kept("we can be reached by post and on the web", "services.correspondence:enter", _LETTERS + "test_each_mode_is_kept_by_its_rule"),
    "C84": Kept("the channels are post, telephone, fax and e-mail", "models.correspondence:Mode", _LETTERS + "test_each_mode_is_kept_by_its_rule"),
    "C85": Kept("whoever does not want to be contacted is not", "services.consent:suppressed", _INGEST + "test_an_objection_outlasts_every_later_event"),
    "C86": DoesNotArise("other channels only if e-mail fails", "nothing leaves this program for people but e-mail", _ABSENT + "test_people_are_reached_by_mail_alone"),
}  # fmt: skip
