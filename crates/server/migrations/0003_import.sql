-- How far an import of a file has come, so that the same command goes on where it ended. In the common subset of 0001.

CREATE TABLE import_checkpoint (
    tenant_id BIGINT NOT NULL,
    noun TEXT NOT NULL,                    -- staff | customer | ticket
    digest BYTEA NOT NULL,                 -- SHA-256 of the file and of what was asked; by chance for standard input
    run BYTEA NOT NULL,                    -- which run began it
    done BIGINT NOT NULL,                  -- rows of the file that are dealt with
    added BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    report BIGINT,                         -- bytes of the report before the last unit's rows; null without a report
    last_refused TEXT NOT NULL,            -- JSON: what the last unit refused, line by line
    started_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, noun, digest)
)
--sqlite: WITHOUT ROWID,
;
