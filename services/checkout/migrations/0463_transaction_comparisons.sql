-- migrate:up

-- What providers took, compared with what we have of it, in both directions (P-6).
-- provider_id: of this one only; null: of all. dry_run: nothing is done about what is found.
create table transaction_comparisons (
    run_id uuid primary key,
    since timestamptz not null,
    until timestamptz not null,
    provider_id integer,
    dry_run boolean not null,
    started_by text not null,
    started_at timestamptz not null
);
create index transaction_comparisons_by_age on transaction_comparisons (started_at, run_id);

-- A connection of a comparison. state: due, read, unreadable; theirs, ours: how many payments were compared from either side;
-- trouble: why it could not be read.
create table transaction_comparison_parts (
    run_id uuid not null references transaction_comparisons on delete cascade,
    connection_id bigint not null,
    state text not null,
    theirs bigint not null default 0,
    ours bigint not null default 0,
    tries integer not null default 0,
    trouble text not null default '',
    due_at timestamptz,
    finished_at timestamptz,
    primary key (run_id, connection_id)
);
create index transaction_comparison_parts_due on transaction_comparison_parts (due_at) where due_at is not null;

-- What differs. kind: missing, differs, unknown, ledger_differs; fields: which of them differ;
-- mended: whether it agrees since then.
create table transaction_discrepancies (
    run_id uuid not null,
    connection_id bigint not null,
    payment_id text not null,
    kind text not null,
    transaction_id bigint,
    fields text[] not null,
    mended boolean not null,
    found_at timestamptz not null,
    primary key (run_id, connection_id, payment_id, kind),
    foreign key (run_id, connection_id) references transaction_comparison_parts on delete cascade
);
create index transaction_discrepancies_waiting on transaction_discrepancies (connection_id, payment_id, kind)
    where not mended;

-- migrate:down
drop table transaction_discrepancies;
drop table transaction_comparison_parts;
drop table transaction_comparisons;
