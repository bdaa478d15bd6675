-- migrate:up

-- Money that we give back. Id and `key_number` make the processor's idempotency key: a repeat gives nothing back twice.
-- `due_at` is when there is something to do about it.
create table refunds (
    refund_id uuid primary key,
    processor text not null,
    payment_intent text not null,
    order_id uuid not null references orders,
    amount bigint not null,
    currency text not null,
    cause text not null,
    state text not null,
    processor_refund_id text,
    due_at timestamptz,
    tries int not null default 0,
    key_number int not null default 1,
    last_error text,
    created_at timestamptz not null,
    unique (processor, payment_intent, cause)
);
create index refunds_due on refunds (due_at) where due_at is not null;
create index refunds_by_order on refunds (order_id);

-- migrate:down
drop table refunds;
