-- migrate:up

-- What an emergency has changed of providers, so that it can be put back as it was (P-9).
-- what: centralize, fallback. payment_mode: the one before, of centralize.
create table provider_emergencies (
    provider_id integer not null,
    what text not null,
    payment_mode text,
    at timestamptz not null,
    primary key (provider_id, what)
);

-- migrate:down
drop table provider_emergencies;
