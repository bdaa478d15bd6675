-- migrate:up

-- Whose unpaid seats an order holds (X-5). `address` is a keyed hash; the row goes when the order is settled.
create table open_seats (
    order_id uuid primary key,
    address bytea not null,
    email_key text not null,
    seats int not null check (seats > 0)
);
create index open_seats_by_address on open_seats (address);
create index open_seats_by_email on open_seats (email_key);

-- migrate:down
drop table open_seats;
