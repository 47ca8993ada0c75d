-- Data keys. What is sealed is sealed with the newest of them; each is kept wrapped by a master key, or, while the master
-- key is being replaced, by several keys. So a master key is replaced without anything being unreadable at any moment.
-- The first data key of a database is its first master key itself: then `wrapped` is empty.
CREATE TABLE store_key (
    id TEXT NOT NULL,
    wrapped_by TEXT NOT NULL,
    wrapped BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    made_ms BIGINT NOT NULL,
    PRIMARY KEY (id, wrapped_by)
);
