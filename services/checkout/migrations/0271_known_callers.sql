-- migrate:up

-- Whether the order, or an order or a ticket of the address, was known here when the customer called.
alter table support_requests add column known boolean not null default true;

-- migrate:down
alter table support_requests drop column known;
