-- migrate:up

-- Payments that providers took at processors of their own (P-5, P-6). Amounts are minor units of the currency.
-- state: pending, completed, failed, cancelled; known_by: webhook, sync, payment.
-- commission: what the processor has kept back for us so far, after what went back of it; fee: null while it does not say.
-- commission_ppm: the provider's rate when the payment was completed; null until then.
-- order_id, appointment_id: what it paid for here; null for what was paid elsewhere.
-- created_at, changed_at: by the processor's clock; seen_at: when the processor was asked, or said it.
create table external_transactions (
    transaction_id bigint primary key generated always as identity,
    connection_id bigint not null,
    provider_id bigint not null,
    processor text not null,
    payment_id text not null,
    state text not null,
    amount bigint not null,
    refunded bigint not null,
    currency text not null,
    commission bigint not null,
    fee bigint,
    commission_ppm integer,
    appointment_id bigint,
    order_id uuid,
    created_at timestamptz not null,
    completed_at timestamptz,
    changed_at timestamptz not null,
    seen_at timestamptz not null,
    known_by text not null,
    version integer not null,
    constraint external_transactions_once unique (connection_id, payment_id)
);
create index external_transactions_of_provider on external_transactions (provider_id, transaction_id);
create index external_transactions_by_age on external_transactions (connection_id, created_at);
create index external_transactions_of_order on external_transactions (order_id) where order_id is not null;
create index external_transactions_of_appointment on external_transactions (appointment_id)
    where appointment_id is not null;

-- What they came to: money is what is summed up here, and nothing of it is ever changed or taken out.
-- kind: payment, refund, dispute, dispute_won, fees (other fees, or another commission at source, than were known);
-- source_id: what tells an entry from the others of its kind and transaction, however its news came.
-- amount: minor units, negative where it went away from the provider.
-- at_source, fee: what the processor kept back for us, and for itself, negative where it gave back of that.
-- No reference to the transactions: those of them that are old are kept elsewhere.
create table transaction_entries (
    entry_id bigint primary key generated always as identity,
    transaction_id bigint not null,
    provider_id bigint not null,
    processor text not null,
    currency text not null,
    kind text not null,
    source_id text not null,
    amount bigint not null,
    commission_ppm integer not null,
    at_source bigint not null,
    fee bigint not null,
    at timestamptz not null,
    recorded_at timestamptz not null,
    constraint transaction_entries_once unique (transaction_id, kind, source_id)
);
create index transaction_entries_of_provider on transaction_entries (provider_id, currency, at);
create index transaction_entries_by_age on transaction_entries (at, entry_id);

create function transaction_entries_are_append_only() returns trigger
language plpgsql
as $$ begin raise exception 'the ledger of external transactions is append-only'; end $$;
create trigger transaction_entries_keeps_its_rows before update or delete or truncate on transaction_entries
for each statement execute function transaction_entries_are_append_only();

-- migrate:down
drop table transaction_entries;
drop function transaction_entries_are_append_only;
drop table external_transactions;
