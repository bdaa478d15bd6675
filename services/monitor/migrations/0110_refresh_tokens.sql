-- migrate:up

-- A refresh token names its session: one that was used before, however long ago, ends it. Older tokens name none.
delete from sessions;
drop index sessions_by_former;
comment on column sessions.former_hash is 'of the token before: for a moment it is taken for a second tab''s';

-- Wrong passwords are counted per email and address together, and per email.
delete from sign_in_failures;

-- migrate:down
create index sessions_by_former on sessions (former_hash);
