-- The tables of the main job: who may call, for whom, and the groups that calls make.
--
-- Common subset of both engines: BIGINT, TEXT, BYTEA only; times are BIGINT milliseconds since 1970 (UTC); booleans are
-- BIGINT 0/1; ids of our own are UUIDv7 in 16 bytes. Every table of a tenant begins its key with tenant_id. On SQLite the
-- primary key is the table (WITHOUT ROWID; the store adds STRICT): one tree to write where there would be two.
-- No table that calls write refers to its tenant's row: PostgreSQL would lock that one row for every click.
-- This file is never edited once it has been on main: a change is a new file.

-- One row: counts up with every change of the directory (tenant, app, app_secret, app_grant, channel, outer_type). A process
-- keeps the directory in memory and asks this row, in the same statement as the data, whether its copy is still true.
CREATE TABLE directory_version (
    one BIGINT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
)
--sqlite: WITHOUT ROWID,
;
INSERT INTO directory_version (one, version) VALUES (1, 1);

CREATE TABLE tenant (
    tenant_id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    unknown_outer_type TEXT NOT NULL,      -- default | refuse
    unknown_case TEXT NOT NULL,            -- stub | refuse
    unknown_staff TEXT NOT NULL,           -- stub | refuse
    default_channel BYTEA,
    corp_id TEXT,                          -- DingTalk's; without it the links carry `laqun` + tenant_id
    created_at BIGINT NOT NULL
)
--sqlite: WITHOUT ROWID,
;

CREATE TABLE app (
    app_key TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    demo BIGINT NOT NULL,                  -- the documented sample app: loopback only
    sample BIGINT NOT NULL,                -- made by `laqun demo`, which may replace its secret
    allow_ip TEXT NOT NULL,                -- networks, separated by blanks; empty = any
    calls_per_second BIGINT,               -- null = no limit
    created_at BIGINT NOT NULL
)
--sqlite: WITHOUT ROWID,
;

CREATE TABLE app_secret (
    app_key TEXT NOT NULL REFERENCES app (app_key),
    secret_id BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app_key, secret_id)
)
--sqlite: WITHOUT ROWID,
;

CREATE TABLE app_grant (
    app_key TEXT NOT NULL REFERENCES app (app_key),
    tenant_id BIGINT NOT NULL REFERENCES tenant (tenant_id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app_key, tenant_id)
)
--sqlite: WITHOUT ROWID,
;

CREATE TABLE staff (
    tenant_id BIGINT NOT NULL,
    staff_id TEXT NOT NULL,
    id BYTEA NOT NULL,
    name TEXT NOT NULL,
    account_type BIGINT NOT NULL,          -- 1 own, 2 outsourced or another organisation's
    user_identify TEXT NOT NULL,
    active BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, staff_id)
)
--sqlite: WITHOUT ROWID,
;
CREATE UNIQUE INDEX staff_by_id ON staff (tenant_id, id);

CREATE TABLE customer (
    tenant_id BIGINT NOT NULL,
    customer_id TEXT NOT NULL,
    id BYTEA NOT NULL,
    name TEXT NOT NULL,
    user_identify TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, customer_id)
)
--sqlite: WITHOUT ROWID,
;
CREATE UNIQUE INDEX customer_by_id ON customer (tenant_id, id);

-- Staff and customers share the space of userIdentify: it names a person, it grants nothing.
CREATE TABLE person (
    tenant_id BIGINT NOT NULL,
    user_identify TEXT NOT NULL,
    kind TEXT NOT NULL,                    -- staff | customer
    person_id BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, user_identify)
)
--sqlite: WITHOUT ROWID,
;

CREATE TABLE ticket (
    tenant_id BIGINT NOT NULL,
    case_id TEXT NOT NULL,
    title TEXT NOT NULL,                   -- empty for a stub made by a call
    description TEXT NOT NULL,
    status TEXT NOT NULL,                  -- accepted | in_progress | pending_confirmation | done
    priority TEXT NOT NULL,                -- low | medium | high | urgent
    assignee BYTEA,
    customer BYTEA,
    stub BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, case_id)
)
--sqlite: WITHOUT ROWID,
;

CREATE TABLE channel (
    tenant_id BIGINT NOT NULL REFERENCES tenant (tenant_id),
    id BYTEA NOT NULL,
    name TEXT NOT NULL,
    platform TEXT NOT NULL,
    patience_ms BIGINT,                    -- null = the configured default
    pending TEXT,                          -- 200 | 202 | error; null = the configured default
    default_owner BYTEA,
    settings TEXT NOT NULL,                -- JSON of the platform
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
)
--sqlite: WITHOUT ROWID,
;
CREATE UNIQUE INDEX channel_by_name ON channel (tenant_id, name);

CREATE TABLE outer_type (
    tenant_id BIGINT NOT NULL REFERENCES tenant (tenant_id),
    outer_type TEXT NOT NULL,
    channel_id BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, outer_type)
)
--sqlite: WITHOUT ROWID,
;

CREATE TABLE chat_group (
    tenant_id BIGINT NOT NULL,
    id BYTEA NOT NULL,                     -- open_conversation_id, team_group_id and the platform key are spellings of it
    channel_id BYTEA NOT NULL,
    case_id TEXT NOT NULL,
    generation BIGINT NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    outer_type TEXT NOT NULL,              -- as the first call gave it; empty when it gave none
    by_default BIGINT NOT NULL,            -- the first call gave no outer_type
    owner BYTEA NOT NULL,
    token_sealed BYTEA NOT NULL,           -- the live token, to answer it again
    timeline_seq BIGINT NOT NULL,
    platform TEXT NOT NULL,
    platform_chat_id TEXT,
    platform_conversation_id TEXT,
    failure TEXT,                          -- JSON: cause and remedy, when state is failed
    seal TEXT,                             -- hash of the sealed transcript
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
)
--sqlite: WITHOUT ROWID,
;
-- Promise 1: exactly one live group per (tenant, channel, case).
CREATE UNIQUE INDEX chat_group_live ON chat_group (tenant_id, case_id, channel_id) WHERE state <> 'dissolved';
CREATE UNIQUE INDEX chat_group_past ON chat_group (tenant_id, case_id, channel_id, generation) WHERE state = 'dissolved';

CREATE TABLE group_member (
    tenant_id BIGINT NOT NULL,
    group_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    kind TEXT NOT NULL,                    -- staff | customer
    role TEXT NOT NULL,                    -- owner | member
    reason TEXT NOT NULL,                  -- caller | assignee | default_owner | customer
    state TEXT NOT NULL,                   -- joined | invited | removed
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, group_id, person_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES chat_group (tenant_id, id)
)
--sqlite: WITHOUT ROWID,
;

-- Found by the hash of the whole token; the tenant is not known before it is found.
CREATE TABLE group_token (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    group_id BYTEA NOT NULL,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL
)
--sqlite: WITHOUT ROWID,
;

CREATE TABLE timeline (
    tenant_id BIGINT NOT NULL,
    group_id BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    detail TEXT NOT NULL,                  -- JSON
    evidence TEXT NOT NULL,                -- the external id or HTTP status that proves the step
    PRIMARY KEY (tenant_id, group_id, seq)
)
--sqlite: WITHOUT ROWID,
;

-- Nonces of redeemed sign-in tickets: a second redemption is refused. Swept when the ticket would have expired anyway.
CREATE TABLE redeemed_ticket (
    tenant_id BIGINT NOT NULL,
    nonce BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, nonce)
)
--sqlite: WITHOUT ROWID,
;

-- Found by the hash of the cookie; the tenant is not known before it is found.
CREATE TABLE staff_session (
    session_hash BYTEA NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    staff BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
)
--sqlite: WITHOUT ROWID,
;
CREATE INDEX staff_session_by_end ON staff_session (tenant_id, expires_at);

CREATE TABLE audit (
    tenant_id BIGINT NOT NULL,             -- 0 for what concerns no tenant
    id BYTEA NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,                  -- JSON
    PRIMARY KEY (tenant_id, id)
)
--sqlite: WITHOUT ROWID,
;
