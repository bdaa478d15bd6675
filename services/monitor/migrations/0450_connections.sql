-- migrate:up

-- The newest state of each provider's connection to a processor by its version, whatever came first.
create table connections (
    connection_id bigint primary key,
    version bigint not null,
    provider_id bigint not null,
    processor text not null,
    status text not null,
    since timestamptz not null
);

-- migrate:down
drop table connections;
