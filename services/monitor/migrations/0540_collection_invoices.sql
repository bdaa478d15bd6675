-- migrate:up

-- payable_until: by when the invoice of a collection is to be paid; cause: why it has failed.
alter table collections add column payable_until timestamptz, add column cause text not null default '';

-- migrate:down
alter table collections drop column payable_until, drop column cause;
