-- migrate:up

-- What was counted, by the minute in which it happened (not the one in which it was read: rebuilding from the log gives
-- the same rows). `kind` keeps demonstration and synthetic sales out of business figures. `total` is the sum that
-- belongs to the count: minor units, milliseconds …, as the figure says.
create table minute_figures (
    minute timestamptz not null,
    figure text not null,
    kind text not null,
    city text not null,
    tier text not null,
    label text not null,
    count bigint not null,
    total bigint not null,
    primary key (figure, minute, kind, city, tier, label)
);

-- The same since the beginning: what counters show.
create table total_figures (
    figure text not null,
    kind text not null,
    city text not null,
    tier text not null,
    label text not null,
    count bigint not null,
    total bigint not null,
    primary key (figure, kind, city, tier, label)
);

-- The newest state of each pool by its city's stock version, whatever came first.
create table pools (
    city text not null,
    tier text not null,
    stock_version bigint not null,
    public_limit int not null,
    actual_limit int not null,
    held int not null,
    sold int not null,
    oversold int not null,
    available int not null,
    changed_at timestamptz not null,
    primary key (city, tier)
);

-- The last word of each process, so that a restarted monitor doesn't take everybody for silent.
create table instances (
    instance text primary key,
    service text not null,
    heartbeat jsonb not null,
    heard_at timestamptz not null,
    stopped boolean not null default false
);

-- migrate:down
drop table instances, pools, total_figures, minute_figures;
