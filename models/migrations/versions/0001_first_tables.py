"""First tables, and the triggers that keep ledger and journal append-only."""

import sqlalchemy as sa
from alembic import op

from models.base import Instant
from models.consent import APPEND_ONLY, append_only_statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=True),
        sa.Column("purpose", sa.String(length=30), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_events")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index("ix_audit_events_subject", ["subject"], unique=False)

    op.create_table(
        "consent_events",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("person_ref", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=30), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("basis", sa.String(length=30), nullable=True),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=True),
        sa.Column("wording_hash", sa.String(length=64), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_consent_events")),
    )
    with op.batch_alter_table("consent_events", schema=None) as batch_op:
        batch_op.create_index("ix_consent_events_person", ["person_ref", "purpose", "channel"], unique=False)

    op.create_table(
        "feeds",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("cursor", sa.Date(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feeds")),
    )
    op.create_table(
        "forge_keys",
        sa.Column("key_id", sa.String(length=200), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("fetched_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_forge_keys")),
    )
    op.create_table(
        "forge_spent_tokens",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_forge_spent_tokens")),
    )
    with op.batch_alter_table("forge_spent_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forge_spent_tokens_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("delivery_id", sa.String(length=300), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", Instant(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.CheckConstraint("state IN ('ready', 'leased', 'done', 'quarantined')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("source", "delivery_id", name=op.f("uq_inbox_source_delivery_id")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index("ix_inbox_due", ["state", "next_attempt_at"], unique=False)
        batch_op.create_index("ix_inbox_subject_state", ["subject", "state"], unique=False)

    op.create_table(
        "install_keys",
        sa.Column("key_id", sa.String(length=200), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("fetched_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_install_keys")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("domain", sa.String(length=255), nullable=True),
        sa.Column("country", sa.String(length=100), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("queued_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", Instant(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.CheckConstraint("state IN ('ready', 'leased', 'done', 'quarantined')", name=op.f("ck_outbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_outbox_kind_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_due", ["state", "next_attempt_at"], unique=False)
        batch_op.create_index("ix_outbox_subject_state", ["subject", "state"], unique=False)

    op.create_table(
        "people",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("email_index", sa.String(length=64), nullable=False),
        sa.Column("mailbox_index", sa.String(length=64), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("company", sa.LargeBinary(), nullable=True),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("first_seen_at", Instant(), nullable=False),
        sa.Column("erased_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email_index", name=op.f("uq_people_email_index")),
    )
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_people_mailbox_index"), ["mailbox_index"], unique=False)

    op.create_table(
        "policy_pages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_key", sa.String(length=255), nullable=False),
        sa.Column("space_key", sa.String(length=255), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("page_id", sa.String(length=30), nullable=True),
        sa.Column("page_version", sa.Integer(), nullable=True),
        sa.Column("policy_version", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("body_digest", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("operation", sa.String(length=32), nullable=True),
        sa.Column("intended_digest", sa.String(length=64), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("not_before", Instant(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "state IN ('publishing', 'published', 'unverified', 'blocked', 'waiting')",
            name=op.f("ck_policy_pages_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_pages")),
        sa.UniqueConstraint("client_key", "space_key", "lang", name=op.f("uq_policy_pages_client_key_space_key_lang")),
    )
    op.create_table(
        "policy_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("registered_at", Instant(), nullable=False),
        sa.Column("effective_at", Instant(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_policy_versions_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_policy_versions")),
    )
    with op.batch_alter_table("policy_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_versions_effective_at"), ["effective_at"], unique=False)

    op.create_table(
        "support_cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_key", sa.String(length=255), nullable=False),
        sa.Column("issue_id", sa.String(length=30), nullable=False),
        sa.Column("issue_key", sa.String(length=255), nullable=False),
        sa.Column("project_key", sa.String(length=255), nullable=False),
        sa.Column("reporter", sa.LargeBinary(), nullable=True),
        sa.Column("reporter_index", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", Instant(), nullable=True),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'deleted')", name=op.f("ck_support_cases_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_cases")),
        sa.UniqueConstraint("client_key", "issue_id", name=op.f("uq_support_cases_client_key_issue_id")),
    )
    with op.batch_alter_table("support_cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_support_cases_reporter_index"), ["reporter_index"], unique=False)

    op.create_table(
        "suppressions",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "digest", "purpose", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "tenants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_key", sa.String(length=255), nullable=False),
        sa.Column("product", sa.String(length=20), nullable=False),
        sa.Column("base_url", sa.String(length=300), nullable=False),
        sa.Column("display_url", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("previous_secret", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", Instant(), nullable=True),
        sa.Column("oauth_client_id", sa.String(length=255), nullable=True),
        sa.Column("entitlement_id", sa.String(length=255), nullable=True),
        sa.Column("entitlement_number", sa.String(length=255), nullable=True),
        sa.Column("installation_id", sa.String(length=255), nullable=True),
        sa.Column("installed_at", Instant(), nullable=False),
        sa.Column("uninstalled_at", Instant(), nullable=True),
        sa.Column("switched_at", Instant(), nullable=True),
        sa.Column("switched_on", sa.Boolean(), nullable=True),
        sa.Column("secret_taken_at", Instant(), nullable=False),
        sa.Column("unproven", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('installed', 'enabled', 'disabled', 'uninstalled')", name=op.f("ck_tenants_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
        sa.UniqueConstraint("client_key", name=op.f("uq_tenants_client_key")),
    )
    with op.batch_alter_table("tenants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tenants_base_url"), ["base_url"], unique=False)

    op.create_table(
        "config_snapshots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.String(length=30), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("format", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("redactions", sa.Integer(), nullable=False),
        sa.Column("parser_version", sa.Integer(), nullable=False),
        sa.Column("collection_mode", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.Column("read_at", Instant(), nullable=False),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "collection_mode IN ('mail', 'online_support')", name=op.f("ck_config_snapshots_collection_mode")
        ),
        sa.CheckConstraint("status IN ('parsed', 'unknown', 'refused')", name=op.f("ck_config_snapshots_status")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["support_cases.id"], name=op.f("fk_config_snapshots_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_config_snapshots")),
        sa.UniqueConstraint("case_id", "attachment_id", name=op.f("uq_config_snapshots_case_id_attachment_id")),
    )
    op.create_table(
        "forge_installations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("installation_id", sa.String(length=255), nullable=False),
        sa.Column("product", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("cloud_id", sa.String(length=64), nullable=False),
        sa.Column("api_base_url", sa.String(length=300), nullable=False),
        sa.Column("environment_id", sa.String(length=255), nullable=True),
        sa.Column("app_version", sa.String(length=255), nullable=True),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("token_until", Instant(), nullable=True),
        sa.Column("arrived_at", Instant(), nullable=False),
        sa.Column("uninstalled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_forge_installations_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forge_installations")),
        sa.UniqueConstraint("installation_id", "product", name=op.f("uq_forge_installations_installation_id_product")),
    )
    with op.batch_alter_table("forge_installations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forge_installations_cloud_id"), ["cloud_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_forge_installations_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "policy_snapshots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.String(length=30), nullable=False),
        sa.Column("page_version", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=128), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["page"], ["policy_pages.id"], name=op.f("fk_policy_snapshots_page")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_snapshots")),
    )
    with op.batch_alter_table("policy_snapshots", schema=None) as batch_op:
        batch_op.create_index(
            "uq_policy_snapshots_page_id_page_version", ["page", "page_id", "page_version"], unique=True
        )

    op.create_table(
        "policy_texts",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("clauses", sa.JSON(), nullable=False),
        sa.CheckConstraint("lang IN ('fr', 'en')", name=op.f("ck_policy_texts_lang")),
        sa.ForeignKeyConstraint(["version"], ["policy_versions.number"], name=op.f("fk_policy_texts_version")),
        sa.PrimaryKeyConstraint("version", "lang", name=op.f("pk_policy_texts")),
    )
    op.create_table(
        "prospects",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("organisation_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("last_observed", sa.Date(), nullable=False),
        sa.Column("apps", sa.JSON(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("search_source", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_prospects_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_prospects_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prospects")),
        sa.UniqueConstraint("person_id", name=op.f("uq_prospects_person_id")),
    )
    with op.batch_alter_table("prospects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prospects_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index("ix_prospects_recent", ["last_observed", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_prospects_state"), ["state"], unique=False)

    op.create_table(
        "signed_links",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("mailbox_index", sa.String(length=64), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_signed_links_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_links")),
    )
    with op.batch_alter_table("signed_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signed_links_person_id"), ["person_id"], unique=False)

    op.create_table(
        "config_components",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("version", sa.String(length=120), nullable=True),
        sa.Column("sort_key", sa.String(length=60), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["config_snapshots.id"], name=op.f("fk_config_components_snapshot_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_config_components")),
    )
    with op.batch_alter_table("config_components", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_config_components_snapshot_id"), ["snapshot_id"], unique=False)

    op.create_table(
        "licences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("licence_key", sa.String(length=300), nullable=False),
        sa.Column("app_key", sa.String(length=200), nullable=True),
        sa.Column("app_name", sa.String(length=200), nullable=True),
        sa.Column("hosting", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("episodes", sa.Integer(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("won_on", sa.Date(), nullable=True),
        sa.Column("last_observed", sa.Date(), nullable=True),
        sa.Column("next_change_on", sa.Date(), nullable=True),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("organisation_id", sa.String(length=32), nullable=True),
        sa.Column("prospect_id", sa.String(length=40), nullable=True),
        sa.Column("link_facts", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_licences_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_licences_person_id")),
        sa.ForeignKeyConstraint(["prospect_id"], ["prospects.id"], name=op.f("fk_licences_prospect_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licences")),
    )
    with op.batch_alter_table("licences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_licences_app_key"), ["app_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_licences_licence_key"), ["licence_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_licences_next_change_on"), ["next_change_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_licences_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_licences_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_licences_prospect_id"), ["prospect_id"], unique=False)

    op.create_table(
        "licence_aliases",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=200), nullable=False),
        sa.Column("value", sa.String(length=300), nullable=False),
        sa.Column("licence_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["licence_id"], ["licences.id"], name=op.f("fk_licence_aliases_licence_id")),
        sa.PrimaryKeyConstraint("kind", "scope", "value", name=op.f("pk_licence_aliases")),
    )
    with op.batch_alter_table("licence_aliases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_licence_aliases_licence_id"), ["licence_id"], unique=False)

    op.create_table(
        "observations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("licence_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("source_key", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("version", sa.String(length=120), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("forgotten", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["licence_id"], ["licences.id"], name=op.f("fk_observations_licence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observations")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_observations_source_source_key")),
    )
    with op.batch_alter_table("observations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_observations_licence_id"), ["licence_id"], unique=False)

    op.create_table(
        "observed_contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("observation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["observation_id"], ["observations.id"], name=op.f("fk_observed_contacts_observation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_observed_contacts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observed_contacts")),
        sa.UniqueConstraint("observation_id", "role", name=op.f("uq_observed_contacts_observation_id_role")),
    )
    with op.batch_alter_table("observed_contacts", schema=None) as batch_op:
        batch_op.create_index("ix_observed_contacts_person", ["person_id"], unique=False)

    for table in APPEND_ONLY:
        for statement in append_only_statements(table, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("the first tables are not taken back: drop the database")
