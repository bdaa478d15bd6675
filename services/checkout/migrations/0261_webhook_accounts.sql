-- migrate:up

-- The account that is connected to ours at the processor and that a webhook is about; null: our own.
alter table webhook_events add column account text;

-- migrate:down
alter table webhook_events drop column account;
