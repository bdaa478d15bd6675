-- migrate:up

-- Who was to take each payment, and why (P-3). Amounts are minor units of the currency.
-- decision: platform, external; null where nobody could, with the rule at fault and its cause: processor and connection are
-- then those at fault. why: the rules that were looked at; fallback: who takes it instead, in their order.
create table routing_decisions (
    decision_id uuid primary key,
    at timestamptz not null,
    provider_id integer not null,
    appointment_id integer,
    order_id uuid,
    amount bigint not null,
    currency text not null,
    decision text,
    processor text,
    connection_id bigint,
    rule text,
    cause text,
    why jsonb not null,
    fallback jsonb not null,
    processor_fee bigint,
    commission bigint not null,
    asked_by text not null
);
create index routing_decisions_by_provider on routing_decisions (provider_id, at, decision_id);
create index routing_decisions_by_age on routing_decisions (at, decision_id);

-- migrate:down
drop table routing_decisions;
