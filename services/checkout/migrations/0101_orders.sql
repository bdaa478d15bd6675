-- migrate:up

-- What an order is paid for stands in `lines`, each seat of them in `seats`; `city_ids` are those of the seats, for
-- lists. Money in minor units. `version` only grows (E-6).
create table orders (
    order_id uuid primary key,
    number text not null unique check (length(number) = 8),
    version int not null default 1,
    state text not null,
    state_before text,
    city_ids text[] not null,
    lines jsonb not null,
    amount bigint not null check (amount >= 0),
    discount_total bigint not null,
    currency text not null,
    first_name text not null,
    last_name text not null,
    email text not null,
    email_key text not null,
    phone text,
    customer_kind text not null,
    member boolean not null,
    member_verified boolean not null,
    discount_code text,
    business_type text not null,
    processor text,
    payment_method text,
    country text,
    region text,
    visitor_id text,
    attribution jsonb,
    source text not null,
    live_mode boolean not null,
    seats jsonb not null,
    tickets jsonb not null default '[]',
    refunded_amount bigint not null default 0,
    placed_at timestamptz not null,
    promised_until timestamptz not null,
    hard_until timestamptz not null,
    paid_at timestamptz
);
create index orders_by_time on orders (placed_at desc, order_id desc);
create index orders_by_email on orders (email_key, placed_at desc);
create index orders_by_city on orders using gin (city_ids);
create index orders_by_state on orders (state, placed_at desc);

-- Every change, and every refused one: who, why, when, and the processor's event (C-5).
create table order_history (
    id bigint generated always as identity primary key,
    order_id uuid not null references orders,
    version int not null,
    state_from text,
    state_to text not null,
    refused boolean not null default false,
    who text not null,
    why text not null,
    event_id text,
    at timestamptz not null
);
create index order_history_by_order on order_history (order_id, id);

-- What the other services say about an order, in a view of our own. `revision` tells watchers that something moved.
create table order_fulfilment (
    order_id uuid primary key,
    revision int not null default 1,
    sold_at timestamptz,
    stock_version int not null default 0,
    oversold boolean not null default false
);

create table order_deliveries (
    delivery_id uuid primary key,
    order_id uuid not null,
    channel text not null,
    kind text not null,
    version int not null,
    state text not null,
    changed_at timestamptz not null
);
create index order_deliveries_by_order on order_deliveries (order_id);

-- migrate:down
drop table order_deliveries, order_fulfilment, order_history, orders;
