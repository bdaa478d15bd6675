-- migrate:up

-- Addresses that have bought something and asked for the link to their purchases, and when they did so last (W-1).
create table customers (
    customer_id uuid primary key,
    email_key text not null unique,
    asked_at timestamptz not null
);

-- migrate:down
drop table customers;
