-- The conversation of a group: messages in two lanes, visitors without an account, files, and who is told of what.
--
-- In the common subset of 0001. Every new column has a value for rows that are there: null, or a constant default.

-- A lane's messages are numbered by the group's row lock: gapless, in the order of commits. Each lane has numbers of its own:
-- a gap in a common numbering would tell the customer how much is said behind the curtain.
ALTER TABLE chat_group ADD COLUMN customer_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE chat_group ADD COLUMN internal_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE chat_group ADD COLUMN guests_see_history BIGINT NOT NULL DEFAULT 0;
ALTER TABLE chat_group ADD COLUMN file_bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE chat_group ADD COLUMN unanswered_since BIGINT;             -- the customer's first message that nobody answered
ALTER TABLE chat_group ADD COLUMN token_renewed_at BIGINT;
ALTER TABLE chat_group ADD COLUMN check_failures BIGINT NOT NULL DEFAULT 0;  -- visitors' wrong answers since check_began
ALTER TABLE chat_group ADD COLUMN check_began BIGINT;

-- What was said, and what happened, in one lane. A recall is an entry of its own, so that whoever comes back learns of it.
CREATE TABLE message (
    tenant_id BIGINT NOT NULL,
    group_id BYTEA NOT NULL,
    lane TEXT NOT NULL,                    -- customer | internal; never changed
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,                    -- text | image | file | voice | system | recall
    author BYTEA,                          -- group_member.person_id; null for what laqun itself says
    author_kind TEXT NOT NULL,             -- staff | customer | guest | system
    client_id BYTEA,                       -- the sender's own id: sending again finds the message
    body TEXT NOT NULL,                    -- emptied by a recall
    detail TEXT NOT NULL,                  -- JSON: mentions; of a system line what and who; of a recall which number
    quote BIGINT,                          -- a number of the same lane
    file BYTEA,                            -- attachment.id
    recalled_at BIGINT,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, group_id, lane, seq)
)
--sqlite: WITHOUT ROWID,
;
CREATE UNIQUE INDEX message_by_client ON message (tenant_id, group_id, author, client_id) WHERE client_id IS NOT NULL;

-- How far a person has read in a lane.
CREATE TABLE read_mark (
    tenant_id BIGINT NOT NULL,
    group_id BYTEA NOT NULL,
    lane TEXT NOT NULL,
    person BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, group_id, lane, person)
)
--sqlite: WITHOUT ROWID,
;

-- A device that opened a group's link and joined. The first one is the customer, each further one a guest.
CREATE TABLE visitor (
    tenant_id BIGINT NOT NULL,
    group_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    person BYTEA NOT NULL,                 -- group_member.person_id: the ticket's customer, or this row's id
    device_hash BYTEA NOT NULL,            -- SHA-256 of cookie and group: one device is not linked across groups
    first BIGINT NOT NULL,                 -- 1: claims the customer
    name TEXT NOT NULL,                    -- as given, or 访客 2; empty: the ticket's customer has a name
    history_from BIGINT NOT NULL,          -- sees the customer lane behind this number
    checked BIGINT NOT NULL,               -- passed the channel's check
    contact BYTEA,                         -- sealed: where the visitor wants the reply
    consented_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT,
    PRIMARY KEY (tenant_id, group_id, id)
)
--sqlite: WITHOUT ROWID,
;
CREATE UNIQUE INDEX visitor_by_device ON visitor (tenant_id, group_id, device_hash);
CREATE UNIQUE INDEX visitor_first ON visitor (tenant_id, group_id) WHERE first = 1 AND removed_at IS NULL;

-- Files that were uploaded; the bytes are blobs, named by their SHA-256.
CREATE TABLE attachment (
    tenant_id BIGINT NOT NULL,
    id BYTEA NOT NULL,
    group_id BYTEA NOT NULL,
    lane TEXT NOT NULL,
    author BYTEA NOT NULL,
    kind TEXT NOT NULL,                    -- image | file | voice
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,              -- as sniffed, not as told
    bytes BIGINT NOT NULL,
    width BIGINT,
    height BIGINT,
    duration_ms BIGINT,
    blob TEXT NOT NULL,                    -- SHA-256 of the content, hex
    thumb TEXT,                            -- SHA-256 of the small picture
    state TEXT NOT NULL,                   -- arriving | uploaded | sent | ticket | removed (bytes wait for the sweep) | gone
    seq BIGINT,                            -- the message that it was sent with, of the same lane
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
)
--sqlite: WITHOUT ROWID,
;
CREATE INDEX attachment_unsent ON attachment (created_at) WHERE state = 'uploaded';
CREATE INDEX attachment_arriving ON attachment (created_at) WHERE state = 'arriving';
CREATE INDEX attachment_removed ON attachment (created_at) WHERE state = 'removed';
CREATE INDEX attachment_by_group ON attachment (tenant_id, group_id);
-- Content that is there twice is one blob, whoever uploaded it: it goes when no row names it any more.
CREATE INDEX attachment_by_blob ON attachment (blob);
CREATE INDEX attachment_by_thumb ON attachment (thumb) WHERE thumb IS NOT NULL;

-- Pages that are open now, by server process; a row of a process that shows no sign of life any more counts for nothing.
CREATE TABLE server_instance (
    instance BYTEA NOT NULL PRIMARY KEY,
    seen_at BIGINT NOT NULL
)
--sqlite: WITHOUT ROWID,
;
CREATE TABLE page_open (
    tenant_id BIGINT NOT NULL,
    group_id BYTEA NOT NULL,
    person BYTEA NOT NULL,
    instance BYTEA NOT NULL,
    kind TEXT NOT NULL,                    -- staff | customer | guest
    opened_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, group_id, person, instance)
)
--sqlite: WITHOUT ROWID,
;

CREATE TABLE satisfaction (
    tenant_id BIGINT NOT NULL,
    group_id BYTEA NOT NULL,
    person BYTEA NOT NULL,
    score BIGINT NOT NULL,                 -- 1 (bad) to 5 (good)
    comment TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, group_id, person)
)
--sqlite: WITHOUT ROWID,
;

CREATE TABLE quick_reply (
    tenant_id BIGINT NOT NULL,
    id BYTEA NOT NULL,
    staff BYTEA,                           -- whose; null = everybody's
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
)
--sqlite: WITHOUT ROWID,
;

ALTER TABLE tenant ADD COLUMN privacy_url TEXT;                            -- shown beside the visitor's consent
ALTER TABLE tenant ADD COLUMN notify_url TEXT;                             -- told when nobody attends to a customer
ALTER TABLE tenant ADD COLUMN notify_secret BYTEA;                         -- sealed: signs what is sent there
ALTER TABLE staff ADD COLUMN email TEXT;
ALTER TABLE customer ADD COLUMN phone BYTEA;                               -- sealed
ALTER TABLE channel ADD COLUMN visitor_check TEXT NOT NULL DEFAULT 'none'; -- none | phone_tail
ALTER TABLE channel ADD COLUMN answer_within_s BIGINT;                     -- null = nobody is told of slow answers
