-- migrate:up

-- Of which issue the link to an order's own page is: those before the present one open it no more.
alter table orders add column link_issue integer not null default 1;

-- migrate:down
alter table orders drop column link_issue;
