-- migrate:up

-- Whose payments are routed (P-1). The columns from currency on are the provider's settings, all null until somebody sets
-- one. Amounts are minor units of the currency; commission_ppm are millionths; preferred names processors, and platform.
-- version: of the table, given to each change: who has read up to one has read all before it.
create table providers (
    provider_id integer primary key check (provider_id > 0),
    name text not null,
    email text not null,
    version bigint not null unique,
    currency text,
    payment_mode text,
    commission_ppm integer check (commission_ppm between 0 and 1000000),
    min_external bigint check (min_external >= 0),
    max_platform bigint check (max_platform >= min_external),
    preferred text[],
    fallback boolean,
    changed_at timestamptz not null,
    check (num_nulls(currency, payment_mode, commission_ppm, min_external, max_platform, preferred, fallback) in (0, 7))
);

-- migrate:down
drop table providers;
