-- migrate:up

-- When an address was last looked for at the processor because its owner missed something (R-3).
create table customer_checks (
    email_key text primary key,
    asked_at timestamptz not null
);
create index customer_checks_by_age on customer_checks (asked_at);

-- migrate:down
drop table customer_checks;
