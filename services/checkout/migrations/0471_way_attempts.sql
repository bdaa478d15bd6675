-- migrate:up

-- What was done about a decision of routing, appended (P-3): which way was tried, and what came of it.
create table routing_steps (
    step_id bigint primary key generated always as identity,
    decision_id uuid not null references routing_decisions,
    at timestamptz not null,
    place integer not null,
    decision text not null,
    processor text not null,
    connection_id bigint,
    step text not null,
    reason text
);
create index routing_steps_by_decision on routing_steps (decision_id, step_id);

-- A try to have an appointment paid at one way of its decision, stored before its processor is called. The call can be
-- repeated as it was: `wish` has all of it, and attempt_id is its key. Amounts are minor units. Nothing here refers to rows
-- of connections: what a webhook locks first would else be waited for by who has the appointment.
-- state: creating, unsure, open, paid, closed, failed, surplus; due_at: when somebody has to go on with it.
create table way_attempts (
    attempt_id uuid primary key,
    decision_id uuid not null references routing_decisions,
    appointment_id integer not null references appointments,
    provider_id integer not null,
    place integer not null,
    decision text not null,
    processor text not null,
    connection_id bigint,
    amount bigint not null,
    currency text not null,
    commission bigint not null,
    wish jsonb not null,
    state text not null,
    page_id text,
    page_url text,
    payment_id text,
    fee bigint,
    paid_at timestamptz,
    reason text,
    due_at timestamptz,
    tries integer not null default 0,
    created_at timestamptz not null,
    changed_at timestamptz not null
);
-- Nobody is asked for an appointment's money twice: there is no second try while one may still take it.
create unique index way_attempts_once on way_attempts (appointment_id) where state in ('creating', 'unsure', 'open', 'paid');
create index way_attempts_due on way_attempts (due_at) where due_at is not null;
create index way_attempts_by_appointment on way_attempts (appointment_id, created_at);
create index way_attempts_paid on way_attempts (provider_id, paid_at) where paid_at is not null;

-- migrate:down
drop table way_attempts, routing_steps;
