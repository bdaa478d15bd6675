-- migrate:up

-- When its owner was told that the pass ends soon; once.
alter table passes add column noticed_at timestamptz;
create index passes_to_notice on passes (valid_until) where noticed_at is null;

-- migrate:down
drop index passes_to_notice;
alter table passes drop column noticed_at;
