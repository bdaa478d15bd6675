-- migrate:up

-- What a connection's webhooks were about: the trace of a payment shows them.
create index webhook_events_of_connections on webhook_events (connection_id, payment)
    where connection_id is not null and payment is not null;

-- migrate:down
drop index webhook_events_of_connections;
