-- migrate:up

-- One clock for every lease and deadline in SQL; a row in app_clock shifts it (rehearsals and tests).
create table app_clock (
    only_row boolean primary key default true check (only_row),
    shift interval not null
);

create function app_now() returns timestamptz
language sql stable
as $$ select clock_timestamp() + coalesce((select shift from app_clock), interval '0') $$;

-- Events that left with a business change and wait for Kafka. Small and hot: vacuumed often.
create table outbox (
    id bigint generated always as identity primary key,
    event_id uuid not null,
    topic text not null,
    key bytea not null,
    header_names text[] not null,
    header_values bytea[] not null,
    value bytea,
    created_at timestamptz not null default clock_timestamp()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- What Kafka has acknowledged, 14 days long: Kafka's disk is not the only copy of our facts.
create table outbox_sent (
    id bigint not null,
    event_id uuid not null,
    topic text not null,
    key bytea not null,
    header_names text[] not null,
    header_values bytea[] not null,
    value bytea,
    created_at timestamptz not null,
    sent_at timestamptz not null
) partition by range (sent_at);
create table outbox_sent_default partition of outbox_sent default;
create index outbox_sent_by_time on outbox_sent (sent_at);

-- Rows that Kafka refused, and the later ones of their key: set aside so that the others go on; a person looks.
create table outbox_refused (
    id bigint primary key,
    event_id uuid not null,
    topic text not null,
    key bytea not null,
    header_names text[] not null,
    header_values bytea[] not null,
    value bytea,
    created_at timestamptz not null,
    refused_at timestamptz not null,
    error text not null
);

-- Event ids a group has taken. `day` is the day inside the UUIDv7, so that one id can only be in one partition.
create table inbox (
    group_name text not null,
    event_id uuid not null,
    day date not null,
    state text not null default 'done' check (state in ('done', 'deferred', 'dead')),
    received_at timestamptz not null default clock_timestamp(),
    primary key (group_name, event_id, day)
) partition by range (day);
create table inbox_default partition of inbox default;

-- Events that can't work yet, tried again with backoff, aside from the others.
create table inbox_deferred (
    group_name text not null,
    event_id uuid not null,
    day date not null,
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    key bytea,
    header_names text[] not null,
    header_values bytea[] not null,
    value bytea,
    attempts int not null,
    next_attempt_at timestamptz not null,
    last_error text not null,
    primary key (group_name, event_id)
);
create index inbox_deferred_due on inbox_deferred (group_name, next_attempt_at);
create index inbox_deferred_by_key on inbox_deferred (group_name, topic, key);

-- Events given up, with their raw bytes.
create table dead_letters (
    id bigint generated always as identity primary key,
    group_name text not null,
    event_id uuid,
    day date,
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    key bytea,
    header_names text[] not null,
    header_values bytea[] not null,
    value bytea,
    reason text not null,
    attempts int not null,
    died_at timestamptz not null,
    state text not null default 'dead' check (state in ('dead', 'redriven', 'dropped'))
);
create index dead_letters_by_group on dead_letters (group_name, died_at);

-- Where each group goes on. Lives beside the effects, and moves in their transaction.
create table consumer_offsets (
    group_name text not null,
    topic text not null,
    partition int not null,
    next_offset bigint not null,
    cluster_id text not null,
    primary key (group_name, topic, partition)
);

-- A subscription that stopped itself; only a person clears the row.
create table subscription_stops (
    group_name text primary key,
    reason text not null,
    stopped_at timestamptz not null
);

-- Day partitions ahead of time, and an end to those past their retention.
create function eventbus_partitions(keep_sent interval, keep_inbox interval) returns void
language plpgsql as $$
declare
    d date;
    parent text;
    child text;
    old record;
begin
    for d in select generate_series(current_date - 1, current_date + 7, interval '1 day')::date loop
        foreach parent in array array['outbox_sent', 'inbox'] loop
            child := parent || '_' || to_char(d, 'YYYYMMDD');
            if to_regclass(child) is null then
                begin
                    execute format('create table %I partition of %I for values from (%L) to (%L)', child, parent, d, d + 1);
                exception when check_violation then
                    null; -- rows of that day are in the default partition already, and stay there
                end;
            end if;
        end loop;
    end loop;
    for old in
        select c.relname, p.relname as parent
        from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
        where p.relname in ('outbox_sent', 'inbox') and c.relname ~ '_[0-9]{8}$'
    loop
        if to_date(right(old.relname, 8), 'YYYYMMDD')
            < current_date - (case old.parent when 'inbox' then keep_inbox else keep_sent end) then
            execute format('drop table %I', old.relname);
        end if;
    end loop;
end
$$;

select eventbus_partitions(interval '14 days', interval '21 days');

-- migrate:down
drop function eventbus_partitions;
drop table subscription_stops, consumer_offsets, dead_letters, inbox_deferred, inbox, outbox_refused, outbox_sent, outbox;
drop function app_now;
drop table app_clock;
