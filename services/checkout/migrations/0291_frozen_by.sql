-- migrate:up

-- froze: whether the order rests because of this dispute, and goes on when it is decided. A dispute of a second charge
-- freezes nothing. Of earlier ones the order's state tells.
alter table payment_disputes add column froze boolean not null default true;

-- migrate:down
alter table payment_disputes drop column froze;
