-- migrate:up

create index orders_by_last_name on orders (lower(last_name));
create index orders_by_first_name on orders (lower(first_name));
create index orders_by_name on orders (lower(first_name || ' ' || last_name));

-- migrate:down
drop index orders_by_last_name, orders_by_first_name, orders_by_name;
