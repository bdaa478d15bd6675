-- migrate:up

-- When the processor last signed a webhook with each secret of ours: nothing else shows that a secret is right.
-- `connected`: at the endpoint for accounts that are connected to ours. `secret`: a mark that tells it from others.
create table webhook_secrets_used (
    processor text not null,
    connected boolean not null,
    secret text not null,
    last_at timestamptz not null,
    primary key (processor, connected, secret)
);

-- migrate:down
drop table webhook_secrets_used;
