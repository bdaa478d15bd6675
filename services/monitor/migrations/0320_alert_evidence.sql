-- migrate:up

-- What was found out before an alert was raised, a line each, for people.
alter table alerts add column evidence text[] not null default '{}';

-- migrate:down
alter table alerts drop column evidence;
