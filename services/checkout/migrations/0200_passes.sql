-- migrate:up

create table catalogue_passes (
    pass_id text primary key,
    version int not null,
    entry jsonb not null,
    withdrawn boolean not null,
    changed_at timestamptz not null
);

-- `holder_id`: derived from the e-mail address; a link opens all passes of a holder.
-- What an order's line of a pass becomes when it is paid. `order_version`: the newest of the order that it has followed.
create table passes (
    pass_id uuid primary key,
    order_id uuid not null,
    order_number text not null,
    order_version int not null,
    line int not null,
    item_id text not null,
    name text not null,
    holder_id uuid not null,
    customer jsonb not null,
    source text not null,
    live_mode boolean not null,
    version int not null,
    state text not null,
    code text not null,
    entries int not null,
    used int not null check (used between 0 and entries),
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    unique (order_id, line)
);
create index passes_of_holders on passes (holder_id, valid_until);
create index passes_by_time on passes (valid_from, pass_id);

-- One row a use: the same one counts once. `number`: which entry of the pass it was, from 1.
create table pass_uses (
    pass_id uuid not null references passes,
    use_id text not null,
    number int not null,
    place text not null,
    used_by text not null,
    used_at timestamptz not null,
    primary key (pass_id, use_id),
    unique (pass_id, number)
);

-- migrate:down
drop table pass_uses, passes, catalogue_passes;
