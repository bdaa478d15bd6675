-- migrate:up

-- A city's row is the lock of all its stock: whoever changes a pool, a hold or a ticket of the city holds it first.
-- stock_version grows by one with each change of the stock (E-11), catalogue_version is the catalogue's own.
create table cities (
    city_id text primary key,
    stock_version bigint not null default 0,
    catalogue_version bigint not null,
    listed boolean not null,
    withdrawn boolean not null,
    on_sale_from timestamptz not null,
    on_sale_until timestamptz not null
) with (fillfactor = 50);

-- One pool is a city and a tier. Seats sold from the spare between the limits are inside sold; oversold ones are not.
-- thresholds are the catalogue's own for this pool; null where those of the configuration hold (stock-levels.yaml).
create table pools (
    city_id text not null references cities,
    tier text not null,
    public_limit int not null check (public_limit >= 0),
    actual_limit int not null,
    held int not null default 0 check (held >= 0),
    sold int not null default 0 check (sold >= 0),
    spare_sold int not null default 0,
    oversold int not null default 0 check (oversold >= 0),
    thresholds int[],
    primary key (city_id, tier),
    constraint pools_limits_in_order check (public_limit <= actual_limit),
    constraint pools_spare_is_sold check (spare_sold between 0 and sold),
    -- I-4: whatever the code believes, the database sells no seat twice and holds no seat that is not public.
    constraint pools_actual_limit_holds check (held + sold <= actual_limit),
    constraint pools_public_limit_holds check (held + sold - spare_sold <= public_limit)
) with (fillfactor = 50);

-- What an order has of a pool, its parts counted from 1. A tombstone is an order that was released before its hold
-- came: it refuses it, as its first part.
-- hard_until is null while a payment is pending. order_version is the newest of the order's events seen here.
create table holds (
    order_id uuid not null,
    part smallint not null check (part > 0),
    city_id text,
    tier text,
    quantity int not null check (quantity >= 0),
    state text not null check (state in ('held', 'sold', 'released', 'tombstone')),
    hard_until timestamptz,
    order_version bigint not null default 0,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (order_id, part),
    constraint holds_know_their_pool check (state = 'tombstone' or (city_id is not null and tier is not null))
) with (fillfactor = 80);
create index holds_due on holds (hard_until) where state = 'held';
create index holds_alive on holds (city_id) where state in ('held', 'sold');

-- One row a seat. place says what the seat counts as in its pool; returned seats count as nothing.
create table tickets (
    order_id uuid not null,
    seat int not null check (seat > 0),
    city_id text not null,
    tier text not null,
    code text not null unique,
    valid boolean not null,
    place text not null check (place in ('public', 'spare', 'oversold', 'returned')),
    issued_at timestamptz not null,
    voided_at timestamptz,
    void_reason text,
    primary key (order_id, seat),
    constraint tickets_returned_are_void check (place <> 'returned' or not valid)
);
create index tickets_by_pool on tickets (city_id, tier);

-- Append-only: nothing changes or deletes a row.
create table ledger (
    id bigint generated always as identity primary key,
    city_id text not null,
    tier text not null,
    operation text not null check (
        operation in ('hold', 'release', 'expire', 'sell', 'return', 'expand', 'shrink', 'reset', 'correct')
    ),
    quantity int not null,
    order_id uuid,
    actor text not null,
    reason text not null,
    event_id uuid,
    before jsonb not null,
    after jsonb not null,
    recorded_at timestamptz not null
);
create index ledger_by_pool on ledger (city_id, tier, id);
create index ledger_by_order on ledger (order_id) where order_id is not null;

create function ledger_is_append_only() returns trigger
language plpgsql
as $$ begin raise exception 'the ledger is append-only'; end $$;
create trigger ledger_keeps_its_rows before update or delete or truncate on ledger
for each statement execute function ledger_is_append_only();

-- migrate:down
drop table ledger;
drop function ledger_is_append_only;
drop table tickets, holds, pools, cities;
