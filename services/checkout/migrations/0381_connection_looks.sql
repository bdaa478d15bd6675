-- migrate:up

-- When a connection is looked at again, and by whom now (P-2).
-- credentials_since: since when there are these; they are refreshed well before they expire.
-- secrets_version: grows when a person or the processor gives others, and not when they are encrypted anew.
-- look_due_at: null for one that waits for a person. claimed_until: until when a process is at it.
-- failures: how often in a row its processor has not answered.
alter table processor_connections
    add column credentials_since timestamptz,
    add column secrets_version integer not null default 1,
    add column look_due_at timestamptz,
    add column claimed_until timestamptz,
    add column failures integer not null default 0;
update processor_connections set look_due_at = created_at where status = 'pending';
create index processor_connections_due on processor_connections (look_due_at) where look_due_at is not null;

-- migrate:down
drop index processor_connections_due;
alter table processor_connections
    drop column credentials_since,
    drop column secrets_version,
    drop column look_due_at,
    drop column claimed_until,
    drop column failures;
