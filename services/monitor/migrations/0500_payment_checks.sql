-- migrate:up

-- Checks of providers' payments, each as it was made last; without a problem nothing was wrong.
create table payment_checks (
    name text primary key,
    problem text,
    looked_at timestamptz not null
);

-- migrate:down
drop table payment_checks;
