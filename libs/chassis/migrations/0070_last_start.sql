-- migrate:up

-- What the service's newest process started with: a keyed fingerprint of each variable, never a value.
create table last_start (
    newest boolean primary key default true check (newest),
    started_at timestamptz not null,
    fingerprints jsonb not null
);

-- migrate:down
drop table last_start;
