-- migrate:up

-- Of the held seats those whose money is on its way: they count as sold for the levels (I-9).
alter table pools add column pending int not null default 0;
update pools set pending = coalesce((
    select sum(quantity) from holds
    where holds.city_id = pools.city_id and holds.tier = pools.tier and state = 'held' and hard_until is null
), 0);
alter table pools add constraint pools_pending_is_held check (pending between 0 and held);

-- migrate:down
alter table pools drop column pending;
