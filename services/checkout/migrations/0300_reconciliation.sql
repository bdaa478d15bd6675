-- migrate:up

-- Comparisons of what processors say with what we have. What is read stands in the parts, one a detector and account; what
-- was found in the differences. due_at: when a process goes on with it; null: done, or a person has to agree.
-- email: the payer whom it is about; forgotten when it is done.
create table reconciliation_runs (
    run_id uuid primary key,
    scope text not null,
    since timestamptz not null,
    until timestamptz not null,
    email text,
    session_id text,
    order_id uuid,
    account text,
    dry_run boolean not null,
    started_by text not null,
    by_person boolean not null,
    agreed boolean not null default false,
    state text not null,
    due_at timestamptz,
    started_at timestamptz not null,
    finished_at timestamptz
);
create index reconciliation_runs_due on reconciliation_runs (due_at) where due_at is not null;
create index reconciliation_runs_by_time on reconciliation_runs (started_at desc, run_id desc);

create table reconciliation_parts (
    run_id uuid not null references reconciliation_runs on delete cascade,
    number int not null,
    account text not null,
    detector text not null,
    state text not null default 'due',
    after text,
    checked int not null default 0,
    tries int not null default 0,
    trouble text not null default '',
    primary key (run_id, number)
);

-- difference_id: the same thing has the same one in each run. stage: those of a lower one are mended first. tried_at: from when on somebody may have mended it.
-- open: it waits for a person; known: so it did when this run found it. closed_*: what that person said.
create table reconciliation_differences (
    run_id uuid not null references reconciliation_runs on delete cascade,
    difference_id uuid not null,
    account text not null,
    kind text not null,
    subject text not null,
    order_id uuid,
    evidence jsonb not null,
    paid_at timestamptz,
    stage int not null default 0,
    state text not null,
    known boolean not null,
    reason text not null default '',
    command text not null default '',
    found_at timestamptz not null,
    tried_at timestamptz,
    settled_at timestamptz,
    looked_at timestamptz not null,
    open boolean not null default false,
    closed_by text,
    closed_reason text,
    closed_at timestamptz,
    primary key (run_id, difference_id)
);
create unique index reconciliation_differences_open on reconciliation_differences (difference_id) where open;
create index reconciliation_differences_closed on reconciliation_differences (difference_id) where closed_at is not null;

create index payment_charges_by_session on payment_charges (session_id);

-- migrate:down
drop index payment_charges_by_session;
drop table reconciliation_differences, reconciliation_parts, reconciliation_runs;
