-- migrate:up

-- What is compared with the other services: orders by when they got their tickets (one row an order), seats by place.
create index tickets_by_time on tickets (issued_at, order_id) where seat = 1;
create index tickets_by_place on tickets (city_id, tier, place);
drop index tickets_by_pool;
create index holds_held on holds (city_id, tier) include (quantity) where state = 'held';

-- migrate:down
create index tickets_by_pool on tickets (city_id, tier);
drop index holds_held, tickets_by_place, tickets_by_time;
