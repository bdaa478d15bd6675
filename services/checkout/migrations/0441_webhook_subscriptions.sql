-- migrate:up

-- The processor's id of the subscription by which a connection's webhooks come; null: none was made by us.
alter table processor_connections add column webhook_id text;

-- migrate:down
alter table processor_connections drop column webhook_id;
