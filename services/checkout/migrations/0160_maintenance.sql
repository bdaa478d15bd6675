-- migrate:up

-- The pause of purchases that is under way; no row, no pause. What was is in the audit and on `operations`.
create table maintenance (
    only_row boolean primary key default true check (only_row),
    reason text not null,
    until timestamptz,
    since timestamptz not null,
    by text not null
);

-- migrate:down
drop table maintenance;
