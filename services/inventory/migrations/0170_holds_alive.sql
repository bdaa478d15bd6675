-- migrate:up

-- Whose orders have seats is asked by the orders, no longer of a whole city.
drop index holds_alive;

-- migrate:down
create index holds_alive on holds (city_id) where state in ('held', 'sold');
