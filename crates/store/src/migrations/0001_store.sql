-- What the store needs for itself. Never edited once released: a change is a new file.

CREATE TABLE store_meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- The job queue. A row is a job that is still owed: done jobs are deleted, failed ones stay, buried, with their cause.
-- due_ms is when the row may next be claimed; of a claimed job it is the end of the lease.
CREATE TABLE store_job (
    id BIGSERIAL PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    tenant_id BIGINT NOT NULL,
    payload TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    again BIGINT NOT NULL DEFAULT 0,
    unsure BIGINT NOT NULL DEFAULT 0,
    buried BIGINT NOT NULL DEFAULT 0,
    cause TEXT,
    instance TEXT,
    folder TEXT,
    UNIQUE (kind, key)
);
CREATE INDEX store_job_due ON store_job (due_ms) WHERE buried = 0;
CREATE INDEX store_job_folder ON store_job (folder) WHERE folder IS NOT NULL;

-- The change feed. seq alone is no order on PostgreSQL: a number is taken before its commit. There a row also carries
-- its transaction, and is read only when every older transaction has ended.
CREATE TABLE store_feed (
    seq BIGSERIAL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
--postgres: ALTER TABLE store_feed ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
--postgres: CREATE INDEX store_feed_order ON store_feed (xid, seq);
