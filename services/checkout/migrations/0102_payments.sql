-- migrate:up

-- A request to buy, stored before the seats are held. `answer` is what a repeat with the same key gets (C-1).
-- `release_due`: nothing came of it, and inventory has not yet been told to let the seats go.
create table checkout_requests (
    scope text not null,
    key text not null,
    body_hash bytea not null,
    order_id uuid not null unique,
    state text not null check (state in ('running', 'done', 'failed')),
    answer jsonb,
    release_due boolean not null default false,
    created_at timestamptz not null,
    lease_until timestamptz not null,
    primary key (scope, key)
);
create index checkout_requests_due on checkout_requests (lease_until) where state = 'running' or release_due;
create index checkout_requests_by_age on checkout_requests (created_at);

-- A try to have an order paid. The call to the processor can be repeated byte for byte: key and parameters are kept.
-- `due_at` is when the sweeper has something to do about it.
create table payment_attempts (
    attempt_id uuid primary key,
    order_id uuid not null references orders,
    processor text not null,
    idempotency_key text not null unique,
    parameters text not null,
    amount bigint not null,
    currency text not null,
    state text not null check (state in ('creating', 'open', 'complete', 'paid', 'expired', 'failed', 'abandoned')),
    expires_at timestamptz not null,
    session_id text,
    session_url text,
    traceparent text,
    due_at timestamptz,
    tries int not null default 0,
    last_error text,
    created_at timestamptz not null,
    unique (processor, session_id)
);
create index payment_attempts_by_order on payment_attempts (order_id);
create index payment_attempts_due on payment_attempts (due_at) where due_at is not null;

-- Every charge on its own, so that a second one of the same order is seen (C-5): that one is `surplus`, and given back.
create table payment_charges (
    processor text not null,
    payment_intent text not null,
    order_id uuid not null references orders,
    session_id text not null,
    amount bigint not null,
    currency text not null,
    refunded bigint not null default 0,
    surplus boolean not null,
    paid_at timestamptz not null,
    primary key (processor, payment_intent)
);
create index payment_charges_surplus on payment_charges (order_id) where surplus and refunded < amount;
create index payment_charges_by_order on payment_charges (order_id);

-- Declined tries, one row each, whichever events tell of them.
create table payment_declines (
    processor text not null,
    charge_id text not null,
    order_id uuid not null references orders,
    reason text not null,
    at timestamptz not null,
    primary key (processor, charge_id)
);
create index payment_declines_by_order on payment_declines (order_id);

-- migrate:down
drop table payment_declines, payment_charges, payment_attempts, checkout_requests;
