-- The product's database: a time tracker for teams, many tenants in one schema.
--
-- Read by psql inside one transaction, before the data. Foreign keys, secondary indexes and triggers follow in
-- constraints.sql and programs.sql, because building them over finished tables is several times faster.
-- Variables: as_of (the day the data reaches up to).

CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

SET ROLE app_owner;
CREATE SCHEMA app;
CREATE SCHEMA ops;
COMMENT ON SCHEMA app IS 'What customers see and store';
COMMENT ON SCHEMA ops IS 'What operations needs inside the database; holds no customer data';

CREATE TYPE app.member_role AS ENUM ('owner', 'admin', 'manager', 'member', 'guest');
CREATE TYPE app.plan AS ENUM ('trial', 'team', 'business', 'enterprise');
CREATE TYPE app.timesheet_status AS ENUM ('open', 'submitted', 'approved', 'rejected');
CREATE TYPE app.invoice_status AS ENUM ('draft', 'sent', 'paid', 'overdue', 'void');
CREATE TYPE app.absence_kind AS ENUM ('vacation', 'sick', 'parental', 'unpaid', 'training');
CREATE TYPE app.suggestion_state AS ENUM ('offered', 'accepted', 'edited', 'dismissed');
CREATE TYPE app.delivery_state AS ENUM ('queued', 'delivered', 'bounced', 'complained', 'failed');

CREATE DOMAIN app.email AS citext CHECK (VALUE ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(VALUE::text) <= 254);
CREATE DOMAIN app.money AS numeric(12, 2) CHECK (VALUE >= 0);
CREATE DOMAIN app.country AS char(2) CHECK (VALUE ~ '^[A-Z]{2}$');
CREATE DOMAIN app.color AS text CHECK (VALUE ~ '^#[0-9a-f]{6}$');

-- People and companies

CREATE TABLE app.tenants (
    id uuid PRIMARY KEY,
    slug citext NOT NULL,
    name text NOT NULL,
    owner_id uuid,
    plan app.plan NOT NULL,
    country app.country NOT NULL,
    billing_email app.email NOT NULL,
    vat_number text,
    settings jsonb NOT NULL DEFAULT '{}',
    data_region text NOT NULL DEFAULT 'eu-central-1',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    cancelled_at timestamptz,
    reactivated_at timestamptz
);

CREATE TABLE app.accounts (
    id uuid PRIMARY KEY,
    email app.email NOT NULL,
    pending_email app.email,
    name text NOT NULL CHECK (name <> ''),
    password_hash text,
    two_factor_secret bytea,
    avatar_key text,
    locale text NOT NULL DEFAULT 'en-GB',
    time_zone text NOT NULL DEFAULT 'Europe/Vienna',
    last_seen_at timestamptz,
    last_seen_from inet,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deactivated_at timestamptz
);

CREATE TABLE app.account_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id uuid NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    before jsonb NOT NULL
);

CREATE TABLE app.members (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    account_id uuid,
    role app.member_role NOT NULL,
    display_name text NOT NULL,
    employee_number text,
    weekly_hours numeric(4, 1) NOT NULL DEFAULT 38.5 CHECK (weekly_hours BETWEEN 0 AND 80),
    skills text[] NOT NULL DEFAULT '{}',
    employed daterange,
    is_placeholder boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    removed_at timestamptz
);

CREATE TABLE app.invitations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL,
    email app.email NOT NULL,
    role app.member_role NOT NULL,
    invited_by uuid,
    token_digest bytea NOT NULL,
    created_at timestamptz NOT NULL,
    accepted_at timestamptz
);

CREATE TABLE app.teams (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    lead_id uuid,
    created_at timestamptz NOT NULL
);

CREATE TABLE app.team_members (
    team_id bigint NOT NULL,
    member_id uuid NOT NULL,
    since date NOT NULL,
    PRIMARY KEY (team_id, member_id)
);

CREATE TABLE app.consents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id uuid NOT NULL,
    purpose text NOT NULL,
    version integer NOT NULL,
    given boolean NOT NULL,
    given_at timestamptz NOT NULL,
    given_from inet
);

-- Work

CREATE TABLE app.clients (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    contact_name text,
    contact_email app.email,
    contact_phone text,
    address jsonb,
    note text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz
);

CREATE TABLE app.projects (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL,
    client_id bigint,
    lead_id uuid,
    code text NOT NULL,
    name text NOT NULL,
    color app.color NOT NULL,
    budget_hours numeric(8, 2),
    billable boolean NOT NULL DEFAULT true,
    runs daterange NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz
);

CREATE TABLE app.project_members (
    project_id bigint NOT NULL,
    member_id uuid NOT NULL,
    hourly_rate app.money,
    PRIMARY KEY (project_id, member_id)
);

CREATE TABLE app.tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL,
    parent_id bigint,
    title text NOT NULL,
    description text,
    assignee_id uuid,
    estimate interval,
    done_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    search tsvector GENERATED ALWAYS AS (to_tsvector('simple', title || ' ' || coalesce(description, ''))) STORED
);

CREATE TABLE app.tags (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL,
    name citext NOT NULL,
    color app.color NOT NULL
);

CREATE TABLE app.time_entries (
    id bigint NOT NULL,
    work_date date NOT NULL,
    tenant_id uuid NOT NULL,
    member_id uuid NOT NULL,
    project_id bigint NOT NULL,
    task_id bigint,
    spent tstzrange NOT NULL,
    minutes integer GENERATED ALWAYS AS
        (CAST(extract(epoch FROM upper(spent) - lower(spent)) / 60 AS integer)) STORED,
    description text NOT NULL DEFAULT '',
    billable boolean NOT NULL DEFAULT true,
    invoiced boolean NOT NULL DEFAULT false,
    source text NOT NULL DEFAULT 'web' CHECK (source IN ('web', 'mobile', 'jira', 'ai', 'import')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id, work_date)
) PARTITION BY RANGE (work_date);
CREATE SEQUENCE app.time_entries_id_seq OWNED BY app.time_entries.id;
ALTER TABLE app.time_entries ALTER COLUMN id SET DEFAULT nextval('app.time_entries_id_seq');

SELECT format('CREATE TABLE app.time_entries_%s PARTITION OF app.time_entries FOR VALUES FROM (%L) TO (%L)',
              to_char(month, 'YYYY_MM'), month::date, (month + interval '1 month')::date)
  FROM generate_series(date_trunc('month', :'as_of'::date::timestamp) - interval '17 months',
                       date_trunc('month', :'as_of'::date::timestamp) + interval '2 months', interval '1 month') AS month
\gexec
CREATE TABLE app.time_entries_rest PARTITION OF app.time_entries DEFAULT;

CREATE TABLE app.time_entry_tags (
    entry_id bigint NOT NULL,
    work_date date NOT NULL,
    tag_id bigint NOT NULL,
    PRIMARY KEY (entry_id, work_date, tag_id)
);

CREATE TABLE app.timesheets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id uuid NOT NULL,
    week daterange NOT NULL,
    status app.timesheet_status NOT NULL,
    approved_by uuid,
    remark text,
    decided_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE app.absences (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL,
    member_id uuid NOT NULL,
    kind app.absence_kind NOT NULL,
    period daterange NOT NULL,
    reason text,
    approved_by uuid,
    created_at timestamptz NOT NULL
);

CREATE TABLE app.holidays (
    country app.country NOT NULL,
    day date NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (country, day)
);

CREATE TABLE app.comments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id bigint NOT NULL,
    author_id uuid,
    body text NOT NULL,
    mentions uuid[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    edited_at timestamptz
);

CREATE TABLE app.attachments (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    task_id bigint,
    uploaded_by uuid,
    file_name text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    sha256 bytea NOT NULL,
    object_key text NOT NULL,
    created_at timestamptz NOT NULL
);

-- Money

CREATE TABLE app.rates (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL,
    member_id uuid,
    project_id bigint,
    amount app.money NOT NULL,
    currency char(3) NOT NULL DEFAULT 'EUR',
    valid daterange NOT NULL
);

CREATE SEQUENCE app.invoice_number_seq;
CREATE TABLE app.invoices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid,
    client_id bigint,
    number text NOT NULL,
    status app.invoice_status NOT NULL,
    issued_on date NOT NULL,
    due_on date NOT NULL,
    currency char(3) NOT NULL DEFAULT 'EUR',
    bill_to jsonb NOT NULL,
    net app.money NOT NULL,
    tax_rate numeric(4, 2) NOT NULL,
    gross app.money GENERATED ALWAYS AS (round(net * (1 + tax_rate / 100), 2)) STORED,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK (due_on >= issued_on)
);

CREATE TABLE app.invoice_lines (
    invoice_id bigint NOT NULL,
    position smallint NOT NULL,
    description text NOT NULL,
    quantity numeric(8, 2) NOT NULL,
    unit_price app.money NOT NULL,
    amount app.money GENERATED ALWAYS AS (round(quantity * unit_price, 2)) STORED,
    PRIMARY KEY (invoice_id, position)
);

CREATE TABLE app.payments (
    id uuid PRIMARY KEY,
    invoice_id bigint NOT NULL,
    method text NOT NULL CHECK (method IN ('card', 'sepa', 'transfer')),
    provider_reference text NOT NULL,
    payer_name text,
    iban_last4 char(4),
    amount app.money NOT NULL,
    received_at timestamptz NOT NULL
);

-- Jira and suggestions

CREATE TABLE app.jira_connections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL,
    site_url text NOT NULL,
    connected_by uuid,
    access_token bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL,
    last_sync_at timestamptz
);

CREATE TABLE app.jira_issues (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id bigint NOT NULL,
    key text NOT NULL,
    summary text NOT NULL,
    reporter jsonb NOT NULL,
    assignee_email app.email,
    raw json NOT NULL,
    synced_at timestamptz NOT NULL
);

CREATE TABLE app.jira_links (
    issue_id bigint NOT NULL,
    task_id bigint NOT NULL,
    linked_at timestamptz NOT NULL,
    PRIMARY KEY (issue_id, task_id)
);

CREATE TABLE app.ai_suggestions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id uuid NOT NULL,
    issue_id bigint,
    entry_id bigint,
    entry_date date,
    state app.suggestion_state NOT NULL,
    prompt text NOT NULL,
    proposal jsonb NOT NULL,
    confidence real NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    model text NOT NULL,
    created_at timestamptz NOT NULL
);

-- Access and traces

CREATE TABLE app.sessions (
    id text PRIMARY KEY,
    account_id uuid,
    ip inet NOT NULL,
    user_agent text NOT NULL,
    payload text NOT NULL,
    created_at timestamptz NOT NULL,
    last_active_at timestamptz NOT NULL
);

CREATE TABLE app.api_tokens (
    id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    name text NOT NULL,
    token_digest bytea NOT NULL,
    scopes text[] NOT NULL,
    last_used_at timestamptz,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE TABLE app.login_attempts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL,
    ip inet NOT NULL,
    succeeded boolean NOT NULL,
    at timestamptz NOT NULL
);

CREATE TABLE app.email_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid,
    recipient app.email NOT NULL,
    template text NOT NULL,
    subject text NOT NULL,
    variables jsonb NOT NULL,
    state app.delivery_state NOT NULL,
    provider_id text NOT NULL,
    sent_at timestamptz NOT NULL
);

CREATE TABLE app.exports (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    requested_by uuid,
    kind text NOT NULL,
    filter jsonb NOT NULL,
    object_key text,
    rows bigint,
    requested_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE app.webhooks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL,
    url text NOT NULL CHECK (url LIKE 'https://%'),
    secret bytea NOT NULL,
    events text[] NOT NULL,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL
);

CREATE TABLE app.webhook_deliveries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id bigint NOT NULL,
    event text NOT NULL,
    payload json NOT NULL,
    status smallint,
    attempted_at timestamptz NOT NULL
);

CREATE TABLE app.audit_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid,
    actor_type text NOT NULL,
    actor_id text,
    actor_email text,
    action text NOT NULL,
    target_type text NOT NULL,
    target_id text NOT NULL,
    changes jsonb,
    ip inet,
    at timestamptz NOT NULL
);

CREATE TABLE app.notifications (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id uuid NOT NULL,
    kind text NOT NULL,
    body text NOT NULL,
    link text,
    created_at timestamptz NOT NULL,
    read_at timestamptz
);

CREATE UNLOGGED TABLE app.rate_limits (
    key text PRIMARY KEY,
    hits integer NOT NULL,
    resets_at timestamptz NOT NULL
);

-- Operations

CREATE TABLE ops.heartbeat (
    writer text PRIMARY KEY,
    sequence bigint NOT NULL,
    beat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    wal_position pg_lsn NOT NULL DEFAULT pg_current_wal_lsn()
);
COMMENT ON TABLE ops.heartbeat IS 'One row per watching agent: how fresh is the data that this copy of the database holds?';

CREATE TABLE ops.schema_migrations (
    version text PRIMARY KEY,
    applied_at timestamptz NOT NULL
);
