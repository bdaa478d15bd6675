-- migrate:up

-- A restored inventory counts on from the clock (E-6), which is more than an int.
alter table order_fulfilment alter column stock_version type bigint;

-- migrate:down
alter table order_fulfilment alter column stock_version type int;
