-- migrate:up

-- Each time this database was restored from a backup; until done_at what happened since the backup is read again.
create table restores (
    id bigint generated always as identity primary key,
    restored_at timestamptz not null,
    done_at timestamptz
);

-- migrate:down
drop table restores;
