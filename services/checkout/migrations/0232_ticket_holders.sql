-- migrate:up

-- Whom tickets of an order were given to: seat, transfers, first_name, last_name and email of each.
alter table orders add column holders jsonb not null default '[]';

-- Who is in on a ticket, as inventory says: whoever is in has nothing left to give.
create table ticket_entries (
    order_id uuid not null,
    seat integer not null,
    version bigint not null,
    inside boolean not null,
    primary key (order_id, seat)
);

-- migrate:down
drop table ticket_entries;
alter table orders drop column holders;
