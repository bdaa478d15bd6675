-- migrate:up

-- Orders of what a provider sells are paid by one way of a decision after another (P-3): place, from 0, is which of its ways a
-- try takes, null without a decision; connection_id is the provider's account there, null for our own.
alter table payment_attempts add column connection_id bigint;
alter table payment_attempts add column place smallint;
alter table payment_charges add column connection_id bigint;

-- By which decision an order is paid, and what a payment page of whichever way is to sell.
create table order_ways (
    order_id uuid primary key references orders,
    decision_id uuid not null,
    sale jsonb not null
);
create index routing_decisions_of_order on routing_decisions (order_id) where order_id is not null;

-- migrate:down
drop index routing_decisions_of_order;
drop table order_ways;
alter table payment_charges drop column connection_id;
alter table payment_attempts drop column place;
alter table payment_attempts drop column connection_id;
