-- migrate:up

-- The address of each of `holders`, as addresses are compared: they find their tickets by it.
alter table orders add column holder_keys text[] not null default '{}';
update orders set holder_keys = array(
    select lower(holder ->> 'email') from jsonb_array_elements(holders) with ordinality as each (holder, place)
    order by place
) where holders <> '[]';
create index orders_of_holders on orders using gin (holder_keys) where holder_keys <> '{}';

-- migrate:down
drop index orders_of_holders;
alter table orders drop column holder_keys;
