-- migrate:up

-- How far each list of a processor has been read, and when it is read on. What is before `since` is known; of the stretch
-- from there to `until`, the pages up to `after` are.
create table processor_polls (
    processor text not null,
    subject text not null check (subject in ('sessions', 'webhooks')),
    since timestamptz not null,
    until timestamptz,
    after text,
    due_at timestamptz not null,
    primary key (processor, subject)
);
insert into processor_polls (processor, subject, since, due_at)
select 'stripe', subject, now() - interval '1 day', now() from unnest(array['sessions', 'webhooks']) as subject;

create index payment_attempts_unsettled on payment_attempts (created_at, attempt_id) where state in ('open', 'complete');

-- migrate:down
drop index payment_attempts_unsettled;
drop table processor_polls;
