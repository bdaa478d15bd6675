-- migrate:up

-- Answers by keys are kept as in every service.
insert into deed_answers (key, asked, answer, at) select key, asked, answer, at from limit_requests;
drop table limit_requests;

-- migrate:down
create table limit_requests (
    key text primary key,
    asked jsonb not null,
    answer jsonb,
    at timestamptz not null
);
insert into limit_requests (key, asked, answer, at) select key, asked, answer, at from deed_answers;
delete from deed_answers;
