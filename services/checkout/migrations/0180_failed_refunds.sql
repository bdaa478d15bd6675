-- migrate:up

-- Refunds as their processor has them, whoever made them; `failure`: why one did not arrive after all.
create table payment_refunds (
    processor text not null,
    refund_id text not null,
    payment_intent text not null,
    amount bigint not null,
    failure text,
    primary key (processor, refund_id)
);
create index payment_refunds_by_payment on payment_refunds (processor, payment_intent);

-- `told`: the most that a processor has called given back of a charge. `refunded` is what is left of it without those
-- that failed.
alter table payment_charges add column told bigint not null default 0;
update payment_charges set told = refunded;

create index refunds_by_processor_id on refunds (processor, processor_refund_id) where processor_refund_id is not null;

-- migrate:down
drop index refunds_by_processor_id;
alter table payment_charges drop column told;
drop table payment_refunds;
