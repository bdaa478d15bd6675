-- migrate:up

-- What buyers did of late that may be abuse. Nothing here names anybody: keys are keyed hashes, and rows are forgotten
-- as soon as no rule looks so far back.
-- sign: ordered, declined. source: the order, or the processor's id of the try; each counts once.
-- mark: email, address, card. shown: the same, masked, for people.
create table buyer_signs (
    sign text not null,
    source text not null,
    mark text not null,
    key bytea not null,
    shown text not null,
    order_id uuid not null,
    at timestamptz not null,
    primary key (sign, source, mark)
);
create index buyer_signs_by_buyer on buyer_signs (mark, key, at);
create index buyer_signs_by_order on buyer_signs (order_id);
create index buyer_signs_by_age on buyer_signs (at);

-- Buyers who can buy nothing until then, or until a person lifts it.
-- cause: the rule of abuse.yaml, or by_hand. reason: a person's words.
create table blocks (
    block_id uuid primary key,
    mark text not null,
    key bytea not null,
    shown text not null,
    cause text not null,
    reason text,
    made_by text not null,
    made_at timestamptz not null,
    until timestamptz not null,
    lifted_at timestamptz,
    lifted_by text
);
create index blocks_by_buyer on blocks (mark, key);
create index blocks_under_way on blocks (until) where lifted_at is null;
create index blocks_by_age on blocks (made_at, block_id);

-- migrate:down
drop table blocks, buyer_signs;
