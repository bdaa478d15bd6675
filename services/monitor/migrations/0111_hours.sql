-- migrate:up

-- What was counted, by the hour in which it happened: what spans days is read from here.
create table hour_figures (
    hour timestamptz not null,
    figure text not null,
    kind text not null,
    city text not null,
    tier text not null,
    label text not null,
    count bigint not null,
    total bigint not null,
    primary key (figure, hour, kind, city, tier, label)
);
insert into hour_figures
select date_trunc('hour', minute, 'UTC'), figure, kind, city, tier, label, sum(count), sum(total)
from minute_figures group by 1, 2, 3, 4, 5, 6;

-- How each pool stood at the end of each hour in which it changed, by the highest stock version told of in it.
create table pool_hours (
    city text not null,
    tier text not null,
    hour timestamptz not null,
    stock_version bigint not null,
    available int not null,
    primary key (city, tier, hour)
);

-- migrate:down
drop table pool_hours, hour_figures;
