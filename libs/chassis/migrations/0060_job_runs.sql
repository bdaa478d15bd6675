-- migrate:up

-- What a service's jobs are and when each is due next; a run, and each try of it, is a row of job_runs.
drop table jobs;
create table jobs (
    name text primary key,
    purpose text not null,
    reminder boolean not null,
    schedule text not null,
    at_most interval not null,
    due_at timestamptz not null,
    last_due_at timestamptz,
    declared_at timestamptz not null
);

create table job_runs (
    id bigint generated always as identity primary key,
    job text not null,
    due_at timestamptz not null,
    attempt integer not null,
    started_by text not null,
    person text not null default '',
    begins_at timestamptz not null,
    began_at timestamptz,
    lease_until timestamptz,
    ended_at timestamptz,
    outcome text,
    error text not null default '',
    given_up boolean not null default false,
    note text not null default '',
    ended_by text not null default ''
);
-- One run of a job at a time.
create unique index job_runs_open on job_runs (job) where ended_at is null;
create index job_runs_of_job on job_runs (job, id);

-- migrate:down
drop table job_runs;
drop table jobs;
create table jobs (
    name text primary key,
    due_at timestamptz not null default app_now(),
    lease_until timestamptz not null default app_now(),
    began_at timestamptz,
    ended_at timestamptz,
    outcome text,
    error text
);
