-- migrate:up

-- A person can close a webhook with a reason, which the audit keeps. `payment`: the processor's id of the payment that an
-- ignored one was about; it is handled again if that payment turns out to be ours.
alter table webhook_events add column payment text;
alter table webhook_events drop constraint webhook_events_state_check;
alter table webhook_events add constraint webhook_events_state_check
    check (state in ('received', 'processing', 'waiting', 'done', 'ignored', 'failed', 'closed'));
drop index webhook_events_open;
create index webhook_events_open on webhook_events (state, received_at, event_id)
    where state not in ('done', 'ignored', 'closed');
create index webhook_events_not_ours on webhook_events (processor, payment)
    where state = 'ignored' and payment is not null;

-- migrate:down
drop index webhook_events_not_ours, webhook_events_open;
update webhook_events set state = 'ignored' where state = 'closed';
create index webhook_events_open on webhook_events (state, received_at, event_id) where state not in ('done', 'ignored');
alter table webhook_events drop constraint webhook_events_state_check;
alter table webhook_events add constraint webhook_events_state_check
    check (state in ('received', 'processing', 'waiting', 'done', 'ignored', 'failed'));
alter table webhook_events drop column payment;
