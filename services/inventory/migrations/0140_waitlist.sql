-- migrate:up

-- Who waits for seats of a pool, in the order of `place`, which is given under the city's lock.
-- email_key is the address as it is compared; who knows token sees the entry, may leave, and may take its offer.
-- offer_id is the hold of the seats that are offered (holds.order_id); it stays when the offer is over.
create table waitlist (
    entry_id uuid primary key,
    place bigint generated always as identity,
    city_id text not null references cities,
    tier text not null,
    quantity int not null check (quantity > 0),
    email text not null,
    email_key text not null,
    first_name text not null,
    token text not null,
    state text not null,
    joined_at timestamptz not null,
    changed_at timestamptz not null,
    offer_id uuid,
    offered_until timestamptz
);
create unique index waitlist_one_place on waitlist (city_id, tier, email_key) where state in ('waiting', 'offered');
create index waitlist_line on waitlist (city_id, tier, place) where state = 'waiting';
create index waitlist_offers on waitlist (city_id) where state = 'offered';
create index waitlist_by_place on waitlist (place);

-- How many entries of the city wait or have an offer: without any, nobody reads the list.
alter table cities add column in_line int not null default 0 check (in_line >= 0);

-- migrate:down
alter table cities drop column in_line;
drop table waitlist;
