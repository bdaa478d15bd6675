-- migrate:up

-- What tells this installation's debits from those of others at the same account. Kept: it is made of the installation's
-- address, which may become another one while a collection is under way.
alter table commission_collections add column mark text not null default '';

-- migrate:down
alter table commission_collections drop column mark;
