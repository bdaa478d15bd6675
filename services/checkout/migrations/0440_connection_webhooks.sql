-- migrate:up

-- The provider's connection that a webhook was sent for (P-5); null: it came to our own account. Signers of different
-- connections may use the same ids: `event_id` begins with the connection's number then.
alter table webhook_events add column connection_id bigint;
create index webhook_events_by_connection on webhook_events (connection_id, received_at)
    where connection_id is not null;

-- migrate:down
drop index webhook_events_by_connection;
alter table webhook_events drop column connection_id;
