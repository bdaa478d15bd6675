-- migrate:up

-- How much is to be collected, in minor units of the currency; both are null of collections that were told of before.
alter table collections add column amount bigint, add column currency text;

-- migrate:down
alter table collections drop column amount, drop column currency;
