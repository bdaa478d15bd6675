-- migrate:up

-- What a door needs to know of a city: its name, and when it is whose day.
alter table cities
    add column name text not null default '',
    add column time_zone text not null default 'UTC',
    add column starts timestamptz;

-- The order's short number, as people say and type it; null for tickets that were issued before it was kept.
-- disputed: the bank has taken the money back for now. The seat stays the buyer's, and nobody gets in on it.
alter table tickets
    add column order_number text,
    add column disputed boolean not null default false;
create index tickets_by_number on tickets (order_number, seat);

-- Codes that a later one of the same seat has replaced, hashed: whoever still has one is not let in. Whatever replaces a
-- code, the database keeps the old one.
create table replaced_codes (
    code_hash bytea primary key,
    order_id uuid not null,
    seat int not null,
    city_id text not null,
    replaced_at timestamptz not null
);
create index replaced_codes_by_city on replaced_codes (city_id);

create function tickets_keep_replaced_codes() returns trigger
language plpgsql
as $$
begin
    insert into replaced_codes (code_hash, order_id, seat, city_id, replaced_at)
    values (sha256(convert_to(old.code, 'UTF8')), old.order_id, old.seat, old.city_id, app_now())
    on conflict (code_hash) do nothing;
    return null;
end $$;
create trigger tickets_replaced after update of code on tickets
for each row when (old.code is distinct from new.code) execute function tickets_keep_replaced_codes();

-- Whether a ticket's holder is in: one row a ticket that was ever shown at a door. The row is the lock of whoever
-- decides. version only grows, also over a restore: it is a time in milliseconds, or one more than the last.
create table admissions (
    order_id uuid not null,
    seat int not null,
    city_id text not null,
    tier text not null,
    inside boolean not null default false,
    scan text not null default '',
    door text not null default '',
    scanned_at timestamptz,
    version bigint not null default 0,
    primary key (order_id, seat),
    constraint admissions_inside_have_a_time check (not inside or scanned_at is not null)
);
create index admissions_inside on admissions (city_id, scanned_at, order_id, seat) where inside;

-- What happened at the doors, append-only: nothing changes or deletes a row. A scan is counted once a ticket, however
-- often it is sent; of each version of an admission there is one row.
create table door_log (
    id bigint generated always as identity primary key,
    recorded_at timestamptz not null,
    order_id uuid not null,
    seat int not null,
    city_id text not null,
    tier text not null,
    what text not null,
    cause text not null default '',
    scan text not null,
    door text not null,
    scanned_at timestamptz not null,
    offline boolean not null,
    actor text not null,
    reason text not null default '',
    version bigint
);
create unique index door_log_scans on door_log (order_id, seat, scan, what);
create unique index door_log_versions on door_log (order_id, seat, version) where version is not null;
create index door_log_by_city on door_log (city_id, id);

create function door_log_is_append_only() returns trigger
language plpgsql
as $$ begin raise exception 'the log of the doors is append-only'; end $$;
create trigger door_log_keeps_its_rows before update or delete or truncate on door_log
for each statement execute function door_log_is_append_only();

-- migrate:down
drop table door_log;
drop function door_log_is_append_only;
drop table admissions;
drop trigger tickets_replaced on tickets;
drop function tickets_keep_replaced_codes;
drop table replaced_codes;
alter table tickets drop column order_number, drop column disputed;
alter table cities drop column name, drop column time_zone, drop column starts;
