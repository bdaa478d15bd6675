-- migrate:up

-- Whose account has the money that goes back: null for our own. Where it is a provider's, way_refunds has a row of the same id.
alter table refunds add column connection_id bigint;

-- migrate:down
alter table refunds drop column connection_id;
