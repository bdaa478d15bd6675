-- migrate:up

-- Which language the buyer was spoken to in when the order was placed: messages about it are in the same.
alter table orders add column language text not null default 'en';

-- migrate:down
alter table orders drop column language;
