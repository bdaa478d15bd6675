-- migrate:up

-- What is compared with the other services: orders by when something was to be said of them.
create index deliveries_of_orders on deliveries (created_at, order_id) where order_id is not null;
create index receipts_waiting on receipts (received_at) where state = 'pending';

-- migrate:down
drop index receipts_waiting, deliveries_of_orders;
