-- migrate:up

-- Whoever connects an account again has the same payments as before.
alter table external_transactions drop constraint external_transactions_once;
alter table external_transactions add constraint external_transactions_once unique (provider_id, processor, payment_id);

-- How far the processors' lists of connections' payments have been read (P-6).
-- since: all that changed before is known; until: up to when it is after the run that is under way; null: none is.
-- after: where the next page goes on, in the processor's words.
-- seen, missing, outdated: payments that this run, or the last one, has met; of them those that a webhook should have told
-- of and was not here, and those whose change it should have told of.
create table transaction_syncs (
    connection_id bigint primary key,
    since timestamptz not null,
    until timestamptz,
    after text,
    seen bigint not null default 0,
    missing bigint not null default 0,
    outdated bigint not null default 0,
    started_at timestamptz,
    finished_at timestamptz,
    failures integer not null default 0,
    last_error text,
    due_at timestamptz not null,
    claimed_until timestamptz
);
create index transaction_syncs_due on transaction_syncs (due_at);

-- migrate:down
drop table transaction_syncs;
alter table external_transactions drop constraint external_transactions_once;
alter table external_transactions add constraint external_transactions_once unique (connection_id, payment_id);
