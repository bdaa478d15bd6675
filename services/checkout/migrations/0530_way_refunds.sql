-- migrate:up

-- What is asked back of each payment that a way took, so that it is never more than was paid: the row is locked by whoever asks.
-- asked: what is on its way and what went back, by us; minor units.
-- told, told_at: of the platform's own payments, what their processor says that went back, and when it has said so.
create table way_refund_sums (
    provider_id bigint not null,
    processor text not null,
    payment_id text not null,
    amount bigint not null,
    asked bigint not null default 0,
    told bigint not null default 0,
    told_at timestamptz,
    primary key (provider_id, processor, payment_id),
    constraint way_refund_sums_never_more check (asked between 0 and amount)
);

-- Money that goes back through whoever took it, stored before the processor is called: refund_id is the call's key.
-- state: due, pending, done, refused, failed; cause: requested, surplus; commission: what of ours goes back with it.
-- due_at: when somebody has to go on with it. Amounts are minor units. Nothing here refers to rows of connections.
create table way_refunds (
    refund_id uuid primary key,
    decision text not null,
    processor text not null,
    connection_id bigint,
    payment_id text not null,
    provider_id bigint not null,
    appointment_id bigint,
    order_id uuid,
    amount bigint not null check (amount > 0),
    currency text not null,
    commission bigint not null,
    cause text not null,
    reason text not null,
    requested_by text,
    state text not null,
    processor_refund_id text,
    refusal text,
    last_error text,
    due_at timestamptz,
    tries integer not null default 0,
    created_at timestamptz not null,
    settled_at timestamptz
);
create index way_refunds_due on way_refunds (due_at) where due_at is not null;
create index way_refunds_of_payment on way_refunds (provider_id, processor, payment_id);
create index way_refunds_of_appointment on way_refunds (appointment_id) where appointment_id is not null;
create index way_refunds_of_order on way_refunds (order_id) where order_id is not null;
create index way_refunds_by_processors_id on way_refunds (processor, processor_refund_id)
    where processor_refund_id is not null;
-- What is surplus goes back once.
create unique index way_refunds_of_surplus on way_refunds (provider_id, processor, payment_id) where cause = 'surplus';

create index charge_entries_of_appointment on charge_entries (appointment_id) where appointment_id is not null;

-- migrate:down
drop index charge_entries_of_appointment;
drop table way_refunds, way_refund_sums;
