-- migrate:up

-- What people asked for by a key of their own, and what it came to: a repeat gets the same answer.
create table deed_answers (
    key text primary key,
    asked jsonb not null,
    answer jsonb,
    at timestamptz not null
);

-- migrate:down
drop table deed_answers;
