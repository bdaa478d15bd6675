-- migrate:up

-- A use that was a mistake stays in the list; its entry is left again, and its number is another use's.
alter table pass_uses
    add column undone_at timestamptz,
    add column undone_by text not null default '',
    add column undone_reason text not null default '',
    drop constraint pass_uses_pass_id_number_key;
create unique index pass_uses_by_number on pass_uses (pass_id, number) where undone_at is null;

-- migrate:down
delete from pass_uses where undone_at is not null;
alter table pass_uses
    drop column undone_at,
    drop column undone_by,
    drop column undone_reason,
    add unique (pass_id, number);
