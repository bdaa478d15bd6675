-- migrate:up

-- One row a job; whoever holds the lease runs it.
create table jobs (
    name text primary key,
    due_at timestamptz not null default app_now(),
    lease_until timestamptz not null default app_now(),
    began_at timestamptz,
    ended_at timestamptz,
    outcome text,
    error text
);

-- migrate:down
drop table jobs;
