-- migrate:up

-- What people did by hand; only ever added to.
create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    actor text not null,
    action text not null,
    target text not null,
    detail text not null
);
create index audit_by_target on audit (target, id) where target <> '';

-- migrate:down
drop table audit;
