-- migrate:up

-- Account owners who were sent to a processor's page to permit us to use their account, and have not come back (P-2).
-- state: a hash of what the page hands back, by which they are known again, once.
-- asked_by: the e-mail of the person who was sent.
create table connection_permissions (
    state bytea primary key,
    provider_id bigint not null,
    processor text not null,
    asked_by text not null,
    good_until timestamptz not null
);
create index connection_permissions_by_end on connection_permissions (good_until);

-- migrate:down
drop table connection_permissions;
