-- What an operator sets and changes: more of tenants, secrets, people and channels, and the lists' own indexes.
--
-- In the common subset of 0001. Every new column has a value for rows that are there: null, or a constant default.

ALTER TABLE tenant ADD COLUMN retention_days BIGINT;                       -- null = kept until somebody removes it

ALTER TABLE app_secret ADD COLUMN expires_at BIGINT;                       -- null = live until it is removed

ALTER TABLE staff ADD COLUMN union_id TEXT;                                -- DingTalk's unionId: one person across its apps
CREATE UNIQUE INDEX staff_by_union_id ON staff (tenant_id, union_id) WHERE union_id IS NOT NULL;

-- Who a staff member is on a platform: at most one account on each.
CREATE TABLE staff_account (
    tenant_id BIGINT NOT NULL,
    staff BYTEA NOT NULL,                  -- staff.id
    platform TEXT NOT NULL,                -- dingtalk | matrix | …
    account TEXT NOT NULL,                 -- the platform's own id of the person
    PRIMARY KEY (tenant_id, staff, platform)
)
--sqlite: WITHOUT ROWID,
;
CREATE UNIQUE INDEX staff_account_by_account ON staff_account (tenant_id, platform, account);

ALTER TABLE customer ADD COLUMN active BIGINT NOT NULL DEFAULT 1;          -- 0 once removed; history keeps the row

ALTER TABLE channel ADD COLUMN hours TEXT;                                 -- such as Mo-Fr 09:00-18:00; null = always open
ALTER TABLE channel ADD COLUMN timezone TEXT NOT NULL DEFAULT 'Asia/Shanghai';
ALTER TABLE channel ADD COLUMN removed_at BIGINT;                          -- past groups still name their channel

-- Lists of groups, the newest first. Both indexes are partial so that a click that makes a web group writes to neither: one
-- more full index costs such a click about an eighth of its database work and a fifth of its log. Every other filter
-- walks the primary key, whose ids are in the order of time, a bounded number of rows at a time.
CREATE INDEX chat_group_by_state ON chat_group (tenant_id, state, id) WHERE state <> 'active' AND state <> 'waiting_customer';
CREATE INDEX chat_group_by_platform ON chat_group (tenant_id, platform, id) WHERE platform <> 'web';
