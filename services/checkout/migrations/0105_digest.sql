-- migrate:up

-- What is compared with the other services, by when the money came; and what must not wait for long.
create index orders_paid on orders (paid_at, order_id) include (amount) where paid_at is not null;
create index webhook_events_open on webhook_events (state, received_at, event_id) where state not in ('done', 'ignored');
create index payment_attempts_creating on payment_attempts (created_at) where state = 'creating';

-- migrate:down
drop index payment_attempts_creating, webhook_events_open, orders_paid;
