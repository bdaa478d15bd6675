-- migrate:up

-- What went back of the platform's own payments of appointments is what their processor lists, whoever gave it back: each
-- refund there is a row of way_refunds, of cause `outside` where nobody here asked for it.
-- look_at: when somebody has to ask for the list of a payment; looks: how often that came to nothing.
-- told and told_at are not written any more.
alter table way_refund_sums add column look_at timestamptz, add column looks integer not null default 0;
create index way_refund_sums_looked_at on way_refund_sums (look_at) where look_at is not null;
create unique index way_refunds_of_own_account on way_refunds (processor, processor_refund_id)
    where connection_id is null and processor_refund_id is not null;
update way_refund_sums as s set look_at = now() where exists (
    select from charge_entries as e
    where e.appointment_id is not null and (e.processor, e.source_id) = (s.processor, s.payment_id)
);

-- Disputes of those payments, as external_disputes are of others.
create table appointment_disputes (
    processor text not null,
    dispute_id text not null,
    appointment_id bigint not null,
    payment_id text not null,
    status text not null,
    code text not null,
    amount bigint not null,
    taken bigint not null,
    returned bigint not null,
    opened_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (processor, dispute_id)
);
create index appointment_disputes_of_appointment on appointment_disputes (appointment_id);

-- migrate:down
drop table appointment_disputes;
drop index way_refunds_of_own_account;
drop index way_refund_sums_looked_at;
alter table way_refund_sums drop column looks, drop column look_at;
