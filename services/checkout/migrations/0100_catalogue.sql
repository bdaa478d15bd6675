-- migrate:up

-- The current entry of each city, as it was published last; a withdrawn one stays.
create table catalogue_cities (
    city_id text primary key,
    version int not null check (version > 0),
    entry jsonb not null,
    withdrawn boolean not null default false,
    changed_at timestamptz not null
);

-- What holds for all cities. Its revision grows with every change of the catalogue: memories renew themselves by it.
create table catalogue_terms (
    only_row boolean primary key default true check (only_row),
    revision bigint not null,
    terms jsonb not null
);

-- How often each discount code has been taken; its row is the lock that makes the limits hold.
create table discount_codes (
    code text primary key,
    used int not null default 0 check (used >= 0)
);

create table discount_uses (
    order_id uuid primary key,
    code text not null references discount_codes,
    email_key text not null,
    reserved_at timestamptz not null
);
create index discount_uses_by_email on discount_uses (code, email_key);

-- migrate:down
drop table discount_uses, discount_codes, catalogue_terms, catalogue_cities;
