-- migrate:up

-- What a provider is paid for at an appointed time (P-11). Amounts are minor units; state: booked, paid, cancelled, done.
-- A customer is booked once at a provider's for a moment, so that a repeated request makes no second appointment.
create table appointments (
    appointment_id integer generated always as identity primary key,
    provider_id integer not null,
    customer_email text not null,
    email_key text not null,
    price bigint not null check (price > 0),
    currency text not null,
    starts timestamptz not null,
    state text not null,
    created_at timestamptz not null,
    changed_at timestamptz not null
);
create unique index appointments_once on appointments (provider_id, email_key, starts) where state <> 'cancelled';
create index appointments_by_provider on appointments (provider_id, appointment_id);

-- migrate:down
drop table appointments;
