-- migrate:up

-- Kinds of seats that were taken out of the catalogue: their pools are closed, their tickets are good.
alter table cities add column withdrawn_tiers text[] not null default '{}';

-- migrate:down
alter table cities drop column withdrawn_tiers;
