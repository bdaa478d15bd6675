-- migrate:up

-- Of what: an order, or an alert and a channel. Whatever is repeated, each thing is said of it once (N-1).
alter table notifications add column about text, add column alert_id uuid;
update notifications set about = coalesce(order_id, id)::text;
alter table notifications alter column about set not null, add unique (kind, about);
alter table notifications drop constraint notifications_kind_order_id_key;

alter table deliveries
    add column alert_id uuid,
    add column alert_fingerprint text,
    drop constraint deliveries_channel_check,
    add check (channel in ('sms', 'email', 'slack', 'pagerduty'));
create index deliveries_by_alert on deliveries (alert_id) where alert_id is not null;

alter table breakers
    drop constraint breakers_channel_check,
    add check (channel in ('sms', 'email', 'slack', 'pagerduty'));
insert into breakers (channel, state) values ('slack', 'closed'), ('pagerduty', 'closed');

alter table suppressions
    drop constraint suppressions_channel_check,
    add check (channel in ('sms', 'email', 'slack', 'pagerduty'));

-- What the notifier knows of an alert: its newest state, whatever the order in which its events came (E-6).
create table alerts (
    alert_id uuid primary key,
    fingerprint text not null,
    -- What PagerDuty calls it.
    page_key text not null,
    version int not null,
    kind text not null check (kind in ('condition', 'notice')),
    status text not null check (status in ('firing', 'acknowledged', 'resolved')),
    code text not null,
    event jsonb not null
);
create index alerts_by_code on alerts (code);
create index alerts_by_page_key on alerts (page_key, alert_id);

-- What happened to an alert, for its timeline (N-14).
create table alert_moments (
    alert_id uuid not null,
    version int not null,
    what text not null check (what in ('raised', 'acknowledged', 'resolved')),
    actor text not null,
    way text,
    reason text,
    occurred_at timestamptz not null,
    primary key (alert_id, version)
);

-- Answers that acknowledge (N-13): one a state of the alert, and each callback counts once.
create table answers (
    dedup text primary key,
    alert_id uuid not null,
    alert_version int not null,
    delivery_id uuid not null,
    way text not null,
    actor text not null,
    answered_at timestamptz not null,
    unique (alert_id, alert_version)
);

-- migrate:down
drop table answers, alert_moments, alerts;
delete from suppressions where channel in ('slack', 'pagerduty');
delete from breakers where channel in ('slack', 'pagerduty');
delete from deliveries where alert_id is not null;
delete from notifications where alert_id is not null;
alter table suppressions
    drop constraint suppressions_channel_check,
    add check (channel in ('sms', 'email'));
alter table breakers
    drop constraint breakers_channel_check,
    add check (channel in ('sms', 'email'));
alter table deliveries
    drop column alert_id,
    drop column alert_fingerprint,
    drop constraint deliveries_channel_check,
    add check (channel in ('sms', 'email'));
alter table notifications
    drop column about,
    drop column alert_id,
    add unique (kind, order_id);
