-- migrate:up

alter table processor_polls drop constraint processor_polls_subject_check;

-- migrate:down
delete from processor_polls where subject not in ('sessions', 'webhooks');
alter table processor_polls add check (subject in ('sessions', 'webhooks'));
