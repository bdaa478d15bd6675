-- migrate:up

-- People who may sign in (C-12). Emails are stored in lower case.
create table users (
    user_id uuid primary key,
    email text not null unique check (email = lower(email)),
    role text not null check (role in ('viewer', 'operator', 'admin', 'provider')),
    provider text,
    password_hash text not null,
    disabled_at timestamptz,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    check ((role = 'provider') = (provider is not null))
);

-- One sign-in of one person, renewed while it is used. The refresh token is kept as its hash only; it changes with each
-- use, and the one before shows whether a stolen one came back.
create table sessions (
    session_id uuid primary key,
    user_id uuid not null references users on delete cascade,
    refresh_hash bytea not null unique,
    former_hash bytea,
    created_at timestamptz not null,
    used_at timestamptz not null,
    ended_at timestamptz
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_former on sessions (former_hash);
create index sessions_by_age on sessions (used_at);

-- Wrong passwords, counted per email and per address (X-5). `subject` is a hash: nothing here names a person.
create table sign_in_failures (
    subject bytea not null,
    failed_at timestamptz not null
);
create index sign_in_failures_by_subject on sign_in_failures (subject, failed_at);
create index sign_in_failures_by_age on sign_in_failures (failed_at);

-- migrate:down
drop table sign_in_failures, sessions, users;
