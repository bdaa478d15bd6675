-- migrate:up

-- Who bought seats that no limit had room for, as long as a seat is owed to them.
create table oversold_customers (
    order_id uuid not null,
    city_id text not null,
    tier text not null,
    first_name text not null,
    last_name text not null,
    email text not null,
    phone text,
    primary key (order_id, city_id, tier)
);
create index tickets_oversold on tickets (city_id, tier, issued_at) where place = 'oversold';

-- migrate:down
drop index tickets_oversold;
drop table oversold_customers;
