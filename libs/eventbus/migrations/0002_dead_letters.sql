-- migrate:up

-- A letter's life: dead -> redriven (handed back to its group) -> applied, or dead again; or dropped by a person.
alter table dead_letters drop constraint dead_letters_state_check;
alter table dead_letters add check (state in ('dead', 'redriven', 'applied', 'dropped'));
alter table dead_letters add column event_type text not null default '';
alter table dead_letters add column settled_at timestamptz;
update dead_letters
set event_type = coalesce(encode(header_values[array_position(header_names, 'ce_type')], 'escape'), '');
create index dead_letters_by_origin on dead_letters (group_name, topic, partition, "offset");
create index dead_letters_by_event on dead_letters (group_name, event_id);
create index dead_letters_waiting on dead_letters (group_name) where state = 'dead';

-- A partition at a record that the client library can't read; `last_offset` is the end of the batch that it is in.
create table partition_stops (
    group_name text not null,
    topic text not null,
    partition int not null,
    first_offset bigint not null,
    last_offset bigint not null,
    reason text not null,
    stopped_at timestamptz not null,
    primary key (group_name, topic, partition)
);

-- A row that was sent before: once acknowledged it is not archived a second time.
alter table outbox add column again boolean not null default false;

-- The archive is read by time, a page at a time; of a compacted topic only each key's newest may be sent again.
drop index outbox_sent_by_time;
create index outbox_sent_by_time on outbox_sent (sent_at, id);
create index outbox_sent_compacted on outbox_sent (key, id) where topic = 'catalogue';

-- migrate:down
drop index outbox_sent_compacted;
drop index outbox_sent_by_time;
create index outbox_sent_by_time on outbox_sent (sent_at);
alter table outbox drop column again;
drop table partition_stops;
drop index dead_letters_by_origin, dead_letters_by_event, dead_letters_waiting;
alter table dead_letters drop column event_type, drop column settled_at;
update dead_letters set state = 'redriven' where state = 'applied';
alter table dead_letters drop constraint dead_letters_state_check;
alter table dead_letters add check (state in ('dead', 'redriven', 'dropped'));
