-- migrate:up

-- What keeps payments from a connection whose processor fails (P-3); one that has never failed has no row.
-- state: closed, open, half_open. failures: in a row, the last of them at failed_at; openings: since it was last closed.
-- retry_at: when somebody may try again.
create table connection_breakers (
    connection_id bigint primary key references processor_connections,
    state text not null,
    failures integer not null,
    openings integer not null,
    failed_at timestamptz,
    retry_at timestamptz
);

-- migrate:down
drop table connection_breakers;
