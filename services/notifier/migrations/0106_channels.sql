-- migrate:up

-- Which channels there are is a table of the code; a breaker's row is made when its channel is first in trouble.
alter table deliveries drop constraint deliveries_channel_check;
alter table breakers drop constraint breakers_channel_check;
alter table suppressions drop constraint suppressions_channel_check;

-- Suppressed addresses stand in the form in which addresses are compared.
insert into suppressions (channel, recipient, reason, since)
select channel, lower(recipient), reason, since from suppressions where channel = 'email' and recipient <> lower(recipient)
on conflict do nothing;
delete from suppressions where channel = 'email' and recipient <> lower(recipient);

-- migrate:down
alter table deliveries add check (channel in ('sms', 'email', 'slack', 'pagerduty'));
alter table breakers add check (channel in ('sms', 'email', 'slack', 'pagerduty'));
alter table suppressions add check (channel in ('sms', 'email', 'slack', 'pagerduty'));
