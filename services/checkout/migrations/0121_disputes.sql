-- migrate:up

-- Disputes that have taken the money away, each once: several webhooks say so, in any order, some after its end.
create table payment_disputes (
    processor text not null,
    dispute_id text not null,
    order_id uuid not null references orders,
    at timestamptz not null,
    primary key (processor, dispute_id)
);
create index payment_disputes_by_order on payment_disputes (order_id);

-- migrate:down
drop table payment_disputes;
