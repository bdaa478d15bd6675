-- migrate:up

-- Every alert that fired. Of one fingerprint (rule and labels) one is open at a time; a code names one open alert.
create table alerts (
    id uuid primary key,
    fingerprint text not null,
    version int not null,
    rule text not null,
    kind text not null check (kind in ('condition', 'notice')),
    severity text not null check (severity in ('critical', 'high', 'medium', 'low')),
    category text not null,
    labels jsonb not null,
    summary text not null,
    value double precision,
    unit text not null,
    "limit" double precision,
    runbook text,
    roles text[] not null,
    channels text[] not null,
    code text not null,
    status text not null check (status in ('firing', 'acknowledged', 'resolved')),
    triggered_at timestamptz not null,
    changed_at timestamptz not null,
    acknowledged_at timestamptz,
    acknowledged_by text,
    resolved_at timestamptz,
    -- Since when its condition is over, while that has not lasted long enough to resolve it.
    clear_since timestamptz
);
create unique index alerts_open on alerts (fingerprint) where status <> 'resolved';
create unique index alerts_open_code on alerts (code) where status <> 'resolved';
create index alerts_by_time on alerts (triggered_at desc, id desc);
create index alerts_open_by_rule on alerts (rule) where status <> 'resolved';

-- What became of each alert: a row a version.
create table alert_history (
    alert_id uuid not null references alerts (id),
    version int not null,
    status text not null,
    at timestamptz not null,
    by text not null,
    way text not null,
    note text not null,
    primary key (alert_id, version)
);

-- Conditions that hold, but not yet as long as their rule asks.
create table pending_alerts (
    fingerprint text primary key,
    rule text not null,
    since timestamptz not null
);

-- The newest crossing of each pool (and of a whole city: tier '') that was looked at, by stock version.
create table stock_crossings (
    city text not null,
    tier text not null,
    stock_version bigint not null,
    primary key (city, tier)
);

-- migrate:down
drop table stock_crossings, pending_alerts, alert_history, alerts;
