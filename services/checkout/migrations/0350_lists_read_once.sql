-- migrate:up
-- Of a list that a restored database has lost orders follow what went back only when all payments in it are known.
alter table processor_polls add read_once boolean not null default false;

-- migrate:down
alter table processor_polls drop column read_once;
