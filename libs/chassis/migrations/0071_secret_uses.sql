-- migrate:up

-- Each value of a secret that the service's newest process knows: a keyed fingerprint, never the value, and since when.
create table secret_uses (
    name text not null,
    fingerprint text not null,
    place integer not null check (place >= 0),
    first_used_at timestamptz not null,
    placed_at timestamptz not null,
    primary key (name, fingerprint)
);

-- migrate:down
drop table secret_uses;
