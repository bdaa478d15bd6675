-- migrate:up

-- How often a delivery's process ended while sending it; from two on it is sent alone (store.due).
alter table deliveries add column deaths int not null default 0;
create index deliveries_suspect on deliveries (channel, state, next_attempt_at)
    where deaths >= 2 and state in ('queued', 'sending');

-- migrate:down
drop index deliveries_suspect;
alter table deliveries drop column deaths;
