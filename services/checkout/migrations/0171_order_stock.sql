-- migrate:up

-- What inventory says of an order's seats, pool by pool: versions of two cities can't be compared.
-- oversold: how many of them have no seat.
create table order_stock (
    order_id uuid not null,
    city_id text not null,
    tier text not null,
    stock_version bigint not null,
    sold_at timestamptz not null,
    oversold int not null,
    primary key (order_id, city_id, tier)
);
alter table order_fulfilment drop column sold_at, drop column stock_version, drop column oversold;

-- migrate:down
alter table order_fulfilment
    add column sold_at timestamptz,
    add column stock_version int not null default 0,
    add column oversold boolean not null default false;
drop table order_stock;
