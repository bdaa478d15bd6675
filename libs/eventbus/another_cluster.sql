-- In a database that was restored beside another Kafka than it was dumped beside: run once, in the transaction of the
-- restore. Offsets have no meaning there: every group reads from the beginning, and drops by id what it has had. What this
-- database has sent is sent again, before what still waits: the new log has no other source. Of a compacted topic only
-- each key's newest is.
update consumer_offsets set next_offset = -1;
delete from relay_marks;
delete from partition_stops;
create temporary table still_waiting on commit drop as select * from outbox;
delete from outbox;
insert into outbox (event_id, topic, key, header_names, header_values, value, again)
select event_id, topic, key, header_names, header_values, value, true from outbox_sent as s
where topic <> 'catalogue'
    or not exists (select from outbox_sent as n where n.topic = 'catalogue' and n.key = s.key and n.id > s.id)
order by sent_at, id;
insert into outbox (event_id, topic, key, header_names, header_values, value, created_at, again)
select event_id, topic, key, header_names, header_values, value, created_at, again from still_waiting order by id;
