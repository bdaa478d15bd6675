-- migrate:up

-- Something that is said because something happened; `content` is what its texts are made from.
create table notifications (
    id uuid primary key,
    kind text not null,
    order_id uuid,
    content jsonb not null,
    traceparent text,
    created_at timestamptz not null,
    -- Whatever is repeated, an order says each thing once (N-1).
    unique (kind, order_id)
);

-- One message to one recipient (N-3). Money of `cost` is the provider's own, in major units with their many decimals.
create table deliveries (
    id uuid primary key,
    notification_id uuid not null references notifications (id),
    order_id uuid,
    kind text not null,
    channel text not null check (channel in ('sms', 'email')),
    recipient text not null,
    state text not null
        check (state in ('queued', 'sending', 'unknown', 'sent', 'delivered', 'failed', 'suppressed')),
    version int not null,
    lane smallint not null,
    critical boolean not null,
    attempts int not null default 0,
    next_attempt_at timestamptz not null,
    expires_at timestamptz,
    waits_for text check (waits_for in ('stock')),
    lease_until timestamptz,
    poll_at timestamptz,
    polls int not null default 0,
    provider_id text,
    segments int,
    cost numeric(12, 6),
    cost_currency text,
    response_ms int,
    error_code text,
    reason text,
    possible_duplicates int not null default 0,
    traceparent text,
    created_at timestamptz not null,
    sent_at timestamptz,
    settled_at timestamptz,
    unique (notification_id, channel, recipient)
) with (fillfactor = 80);

-- What a pool may claim: small, whatever the table's age.
create index deliveries_due on deliveries (channel, lane, next_attempt_at) where state = 'queued' and waits_for is null;
create index deliveries_open on deliveries (channel, state) where state in ('queued', 'sending', 'unknown');
create index deliveries_to_poll on deliveries (channel, poll_at) where state = 'sent' and poll_at is not null;
create index deliveries_by_order on deliveries (order_id);
create index deliveries_by_provider_id on deliveries (channel, provider_id) where provider_id is not null;

-- What stock said of an order: confirmations of orders without a living hold wait for it.
-- Both sides write the row first, so that they take turns and the second one sees the first.
create table order_seats (
    order_id uuid primary key,
    outcome text check (outcome in ('sold', 'oversold')),
    noted_at timestamptz not null
);

-- One circuit breaker a channel (N-9), shared by all processes.
create table breakers (
    channel text primary key check (channel in ('sms', 'email')),
    state text not null check (state in ('closed', 'open', 'half_open')),
    failures int not null default 0,
    openings int not null default 0,
    reason text,
    retry_at timestamptz
);
insert into breakers (channel, state) values ('sms', 'closed'), ('email', 'closed');

-- Providers' callbacks as they came; a worker settles deliveries with them. `dedup` tells repeats.
create table receipts (
    id bigint generated always as identity primary key,
    provider text not null,
    dedup text not null,
    delivery_id uuid,
    provider_id text,
    status text not null,
    error_code text,
    payload jsonb not null,
    received_at timestamptz not null,
    state text not null default 'pending' check (state in ('pending', 'settled', 'orphan')),
    attempts int not null default 0,
    next_attempt_at timestamptz not null,
    unique (provider, dedup)
);
create index receipts_pending on receipts (next_attempt_at) where state = 'pending';

-- Nobody here is written to on that channel again (N-8).
create table suppressions (
    channel text not null check (channel in ('sms', 'email')),
    recipient text not null,
    reason text not null,
    since timestamptz not null,
    suppression_id bigint generated always as identity unique,
    primary key (channel, recipient)
);

-- migrate:down
drop table suppressions, receipts, breakers, order_seats, deliveries, notifications;
