-- migrate:up

-- What the platform collects of providers' own payments (P-7). Amounts are minor units of the currency.
-- number: counts a provider's collections in a currency: the processor knows a collection by it, also after a restore.
-- commission: of the entries, half-even; at_source: what of it processors kept back for us; correction: of collections
-- before; carried: what is left to the next one, of what can't be charged; collected: what was taken in the end.
-- state: pending, processing, completed, failed; blocked_by: why a pending one is not started.
-- key_number: counts the keys under which the processor was asked; due_at: null while nobody is to ask.
create table commission_collections (
    collection_id bigint primary key generated always as identity,
    provider_id integer not null,
    currency text not null,
    number integer not null,
    period_from timestamptz not null,
    period_to timestamptz not null,
    transactions bigint not null default 0,
    volume bigint not null default 0,
    commission bigint not null default 0,
    at_source bigint not null default 0,
    correction bigint not null default 0,
    carried bigint not null default 0,
    amount bigint not null default 0 check (amount >= 0),
    state text not null default 'pending',
    blocked_by text,
    failed_cause text,
    failed_reason text,
    account_id text,
    charge_id text,
    collected bigint,
    tries integer not null default 0,
    key_number integer not null default 1,
    version integer not null default 1,
    due_at timestamptz,
    created_at timestamptz not null,
    processing_since timestamptz,
    settled_at timestamptz,
    constraint commission_collections_once unique (provider_id, currency, number),
    constraint commission_collections_sum check (amount = commission - at_source + correction - carried)
);
create index commission_collections_due on commission_collections (due_at) where due_at is not null;
create index commission_collections_by_state on commission_collections (state, created_at);

-- Each entry of the ledger is in one collection at most. transaction_id: kept here, so that one that is missing is missed.
create table collection_entries (
    entry_id bigint primary key,
    collection_id bigint not null references commission_collections,
    transaction_id bigint not null
);
create index collection_entries_of_collection on collection_entries (collection_id);

-- What a collection that was begun took too little (above 0: a debit) or too much (below 0: a credit).
-- cause: recalculated, collected (the processor took another amount), carried; taken_by: the collection that has it; null: none yet.
create table commission_corrections (
    correction_id bigint primary key generated always as identity,
    collection_id bigint not null references commission_collections,
    provider_id integer not null,
    currency text not null,
    amount bigint not null check (amount <> 0),
    cause text not null,
    at timestamptz not null,
    taken_by bigint references commission_collections
);
create index commission_corrections_of_collection on commission_corrections (collection_id);
create index commission_corrections_open on commission_corrections (provider_id, currency) where taken_by is null;

-- migrate:down
drop table commission_corrections;
drop table collection_entries;
drop table commission_collections;
