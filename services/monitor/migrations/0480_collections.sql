-- migrate:up

-- The newest state of each collection of commission, whatever came first (P-12).
create table collections (
    collection_id bigint primary key,
    version bigint not null,
    provider_id bigint not null,
    state text not null,
    since timestamptz not null
);

-- migrate:down
drop table collections;
