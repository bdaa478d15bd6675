-- migrate:up

-- Whether somebody of the provider's asked for it: of the platform's staff a provider sees nobody's address.
alter table way_refunds add column by_provider boolean not null default false;

-- migrate:down
alter table way_refunds drop column by_provider;
