-- migrate:up

-- Who did what with which right and from where, what it changed, and what was refused.
alter table audit rename column detail to reason;
alter table audit
    add column role text not null default '',
    add column address text,
    add column before jsonb,
    add column after jsonb,
    add column outcome text not null default 'done',
    add column code text,
    add column times int not null default 1;
alter table audit alter column outcome drop default;
create index audit_by_time on audit (at, id);

-- Nobody changes what was written, not by mistake and not with the service's own rights.
create function audit_is_append_only() returns trigger
language plpgsql
as $$ begin raise exception 'the audit is append-only'; end $$;
create trigger audit_keeps_its_rows before update or delete or truncate on audit
for each statement execute function audit_is_append_only();

-- migrate:down
drop trigger audit_keeps_its_rows on audit;
drop function audit_is_append_only();
drop index audit_by_time;
alter table audit
    drop column role, drop column address, drop column before, drop column after, drop column outcome,
    drop column code, drop column times;
alter table audit rename column reason to detail;
