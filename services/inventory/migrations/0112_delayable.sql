-- migrate:up

-- Of the held seats those whose payment page offers methods whose money comes later: each may come to wait for it, so
-- they are counted from the hold on (X-5). Pages that are open now offer what the account has, so all of them count.
alter table holds add column delayable boolean not null default false;
update holds set delayable = true where state = 'held';
alter table pools add column delayable int not null default 0;
update pools set delayable = coalesce((
    select sum(quantity) from holds
    where holds.city_id = pools.city_id and holds.tier = pools.tier and state = 'held'
), 0);
alter table pools add constraint pools_delayable_is_held check (delayable between pending and held);

-- migrate:down
alter table pools drop column delayable;
alter table holds drop column delayable;
