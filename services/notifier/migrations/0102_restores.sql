-- migrate:up

-- Each time this database was restored from a backup: what was said before that may have been sent.
create table restores (
    id bigint generated always as identity primary key,
    restored_at timestamptz not null
);

-- migrate:down
drop table restores;
