-- migrate:up

-- How far Kafka has acknowledged what the relay of this database sent: a log that ends before that has lost records.
create table relay_marks (
    topic text not null,
    partition int not null,
    next_offset bigint not null,
    primary key (topic, partition)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- A handful of rows that change with every batch: room for the next version beside the old one, and vacuumed often.
alter table consumer_offsets
    set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
alter table inbox_deferred
    set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Day partitions ahead of time, and an end to those past their retention. What has come to lie in a default partition
-- is moved into its day, or deleted when its day is past its retention; days far ahead stay where they are, and are
-- counted (eventbus.upkeep). One process at a time; whatever fails of one day is tried again the next time.
create or replace function eventbus_partitions(keep_sent interval, keep_inbox interval) returns void
language plpgsql as $$
declare
    parent text;
    day_of text;
    keep interval;
    d date;
    child text;
    old record;
begin
    if not pg_try_advisory_xact_lock(hashtext('fullhouse partitions')) then
        return;
    end if;
    foreach parent in array array['outbox_sent', 'inbox'] loop
        day_of := case parent when 'inbox' then 'day' else '(sent_at at time zone ''UTC'')::date' end;
        keep := case parent when 'inbox' then keep_inbox else keep_sent end;
        execute format('delete from %I where %s < current_date - $1', parent || '_default', day_of) using keep;
        for d in execute format(
            'select generate_series(current_date - 1, current_date + 7, interval ''1 day'')::date
             union select distinct %s from %I where %1$s <= current_date + 7 order by 1', day_of, parent || '_default')
        loop
            child := parent || '_' || to_char(d, 'YYYYMMDD');
            continue when to_regclass(child) is not null;
            begin
                -- Rows are only ever added and the whole is dropped in the end: nothing is gained by vacuuming that.
                execute format('create table %I (like %I including all) with (autovacuum_vacuum_insert_threshold = -1)',
                               child, parent);
                execute format('with moved as (delete from %I where %s = $1 returning *) insert into %I select * from moved',
                               parent || '_default', day_of, child) using d;
                execute format('alter table %I attach partition %I for values from (%L) to (%L)',
                               parent, child, d, d + 1);
            exception when check_violation then
                null; -- somebody wrote into that day meanwhile: the next time
            end;
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

-- migrate:down
drop table relay_marks;
alter table consumer_offsets reset (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
alter table inbox_deferred reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
