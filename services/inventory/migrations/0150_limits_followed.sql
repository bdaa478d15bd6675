-- migrate:up

-- After a restore people's changes of limits since the backup are taken from their own events: those below
-- restored_version, the version with which the restored stock went on, and above limits_version, the newest one taken.
alter table cities
    add column restored_version bigint not null default 0,
    add column limits_version bigint not null default 0;

-- migrate:down
alter table cities drop column restored_version, drop column limits_version;
