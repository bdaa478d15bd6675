-- migrate:up

-- When the services were last compared, over a day and otherwise, and what was seen then (monitor.proof).
create table proof_looks (
    only_row boolean primary key default true check (only_row),
    begun_at timestamptz not null,
    day_begun_at timestamptz not null,
    look jsonb
);
insert into proof_looks (begun_at, day_begun_at) values ('epoch', 'epoch');

-- migrate:down
drop table proof_looks;
