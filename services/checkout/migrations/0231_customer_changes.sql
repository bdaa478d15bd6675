-- migrate:up

-- What buyers want to be different on their orders, until the address that the order has agrees, and another one that it
-- is to have confirms it (C-6).
create table customer_changes (
    change_id uuid primary key,
    order_id uuid not null references orders,
    first_name text not null,
    last_name text not null,
    email text not null,
    previous_email text not null,
    asked_at timestamptz not null,
    agreed_at timestamptz,
    done_at timestamptz
);
create index customer_changes_by_order on customer_changes (order_id, asked_at);
create index customer_changes_by_age on customer_changes (asked_at);

-- migrate:down
drop table customer_changes;
