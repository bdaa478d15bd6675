-- migrate:up

-- What both ledgers come to by day of the business, provider, processor and currency (P-8): never written from anything
-- else. source: platform (charge_entries) or external (transaction_entries); provider_id: 0 for the platform's own sales.
-- Amounts are minor units: paid, less what was refunded and what banks took back, is what was kept.
-- fees: what processors kept; at_source: what of the commission they kept back for the platform.
create table revenue_days (
    day date not null,
    source text not null,
    provider_id bigint not null,
    processor text not null,
    currency text not null,
    commission_ppm integer not null,
    payments bigint not null,
    paid bigint not null,
    refunded bigint not null,
    disputed bigint not null,
    fees bigint not null,
    at_source bigint not null,
    primary key (day, source, provider_id, processor, currency, commission_ppm)
);
create index revenue_days_of_provider on revenue_days (provider_id, day);

-- The days that a rebuild has summed up anew; they become those above at once when all are there.
create table revenue_rebuilt (like revenue_days including indexes);

-- zone: by which days are told; null before the first look. as_of: when nothing was left to be added.
-- rebuild_zone: null while nothing is rebuilt; rebuild_since: from which day on; rebuild_next: the first one that lacks.
create table revenue_state (
    one boolean primary key default true check (one),
    zone text,
    as_of timestamptz,
    rebuild_zone text,
    rebuild_since date,
    rebuild_next date
);
insert into revenue_state default values;

-- Entries of both ledgers that no day has yet. Ids come out of order, and a transaction that was long under way shows its
-- own last: so each is noted here with itself, whoever writes it.
create table revenue_pending (
    source text not null,
    entry_id bigint not null,
    primary key (source, entry_id)
);
insert into revenue_pending select 'platform', entry_id from charge_entries;
insert into revenue_pending select 'external', entry_id from transaction_entries;

create function revenue_is_pending() returns trigger language plpgsql as $$
begin
    insert into revenue_pending select tg_argv[0], entry_id from written;
    return null;
end $$;
create trigger revenue_is_pending after insert on charge_entries referencing new table as written
    for each statement execute function revenue_is_pending('platform');
create trigger revenue_is_pending after insert on transaction_entries referencing new table as written
    for each statement execute function revenue_is_pending('external');

-- migrate:down
drop trigger revenue_is_pending on transaction_entries;
drop trigger revenue_is_pending on charge_entries;
drop function revenue_is_pending;
drop table revenue_pending, revenue_state, revenue_rebuilt, revenue_days;
