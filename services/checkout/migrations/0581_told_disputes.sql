-- migrate:up

-- Whether an account's processor lets us list its disputes: one that was connected before we asked for that does not.
alter table processor_connections add column tells_disputes boolean not null default true;

-- migrate:down
alter table processor_connections drop column tells_disputes;
