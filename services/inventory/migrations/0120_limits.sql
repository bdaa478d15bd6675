-- migrate:up

-- The limits with which the catalogue begins a pool, as it says now: to them a reset leads (I-8).
alter table pools add column starting_public_limit int, add column starting_actual_limit int;
update pools set (starting_public_limit, starting_actual_limit) = (
    select (after ->> 'publicLimit')::int, (after ->> 'actualLimit')::int from ledger
    where ledger.city_id = pools.city_id and ledger.tier = pools.tier order by id limit 1
);
alter table pools
    alter column starting_public_limit set not null,
    alter column starting_actual_limit set not null;

-- What people asked to be done to limits by a key of their own, and what it came to: a repeat gets the same answer.
create table limit_requests (
    key text primary key,
    asked jsonb not null,
    answer jsonb,
    at timestamptz not null
);

-- migrate:down
drop table limit_requests;
alter table pools drop column starting_public_limit, drop column starting_actual_limit;
