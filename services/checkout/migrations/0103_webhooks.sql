-- migrate:up

-- Webhooks of the payment processors, stored before they are answered. `occasion` is the same for the thin and the full
-- form of one event, so that only the first of them is taken (C-4). `cause` and `last_error`: why it is not done.
create table webhook_events (
    processor text not null,
    event_id text not null,
    occasion text not null,
    type text not null,
    thin boolean not null,
    live_mode boolean not null,
    payload bytea not null,
    state text not null default 'received'
        check (state in ('received', 'processing', 'waiting', 'done', 'ignored', 'failed')),
    attempts int not null default 0,
    cause text,
    last_error text,
    order_id uuid,
    created_at timestamptz not null,
    received_at timestamptz not null,
    due_at timestamptz,
    processed_at timestamptz,
    primary key (processor, event_id),
    unique (processor, occasion)
);
create index webhook_events_due on webhook_events (due_at) where due_at is not null;
create index webhook_events_by_time on webhook_events (received_at desc, event_id);
create index webhook_events_by_order on webhook_events (order_id) where order_id is not null;

-- Requests that no secret of ours had signed, counted by the minute: a row for each cause, however many come.
-- `source`: the shortened address of the last one.
create table webhook_refusals (
    minute timestamptz not null,
    processor text not null,
    cause text not null,
    requests int not null check (requests > 0),
    source text not null,
    last_at timestamptz not null,
    primary key (minute, processor, cause)
);

-- migrate:down
drop table webhook_refusals, webhook_events;
