-- migrate:up

-- A person gives all orders of a city their money back. Each order's row becomes `asked` in the transaction that makes
-- its refund due: whoever goes on after a crash finds what is left, and no order is asked for twice.
create table city_refunds (
    run_id uuid primary key,
    city_id text not null,
    reason text not null,
    requested_by text not null,
    return_seats boolean not null,
    created_at timestamptz not null
);
create table city_refund_orders (
    run_id uuid not null references city_refunds,
    order_id uuid not null references orders,
    state text not null default 'due' check (state in ('due', 'asked', 'failed')),
    problem text,
    primary key (run_id, order_id)
);
create index city_refund_orders_due on city_refund_orders (run_id, order_id) where state = 'due';

-- migrate:down
drop table city_refund_orders, city_refunds;
