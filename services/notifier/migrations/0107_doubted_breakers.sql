-- migrate:up

-- Since then the provider takes messages and fails them afterwards: being taken is no proof that it is well again.
alter table breakers add column doubted_since timestamptz;

-- migrate:down
alter table breakers drop column doubted_since;
