-- migrate:up

-- In which language the customer of an appointment is written to: that of whoever paid it last.
alter table appointments add column language text not null default 'en';

-- migrate:down
alter table appointments drop column language;
