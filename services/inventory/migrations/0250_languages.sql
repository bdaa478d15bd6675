-- migrate:up

-- Which language whoever waits was spoken to in: what we write to them is in the same.
alter table waitlist add column language text not null default 'en';

-- migrate:down
alter table waitlist drop column language;
