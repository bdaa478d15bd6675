-- migrate:up

-- How content buyers are, once an order. text: their own words, forgotten after a while; the score stays.
create table feedback (
    order_id uuid primary key references orders,
    score smallint not null check (score between 1 and 5),
    text text not null,
    given_at timestamptz not null
);
create index feedback_by_age on feedback (given_at, order_id);

-- Customers' calls for help. order_id: the order that it is about, where the customer has shown that it is theirs.
-- order_said: the number that the customer wrote, otherwise. reason: what was done about it, in the closer's words.
create table support_requests (
    request_id uuid primary key,
    kind text not null,
    email text not null,
    email_key text not null,
    order_id uuid references orders,
    order_said text not null,
    text text not null,
    made_at timestamptz not null,
    closed_at timestamptz,
    closed_by text,
    reason text
);
create unique index support_requests_open on support_requests (email_key, kind, coalesce(order_id::text, order_said), md5(text))
    where closed_at is null;
create index support_requests_by_age on support_requests (made_at, request_id);
create index support_requests_by_order on support_requests (order_id);
create index support_requests_by_email on support_requests (email_key, made_at);

-- migrate:down
drop table support_requests, feedback;
