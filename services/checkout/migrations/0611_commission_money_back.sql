-- migrate:up

-- What went back at the processor of commission that was collected, minor units. returned: refunds and lost disputes, which
-- the next collection takes again; forgiven: credit notes, which nobody asks for any more; disputed: what a bank holds.
-- look_at: when somebody has to ask the processor what went back; looks: how often that came to nothing.
alter table commission_collections
    add column returned bigint not null default 0,
    add column forgiven bigint not null default 0,
    add column disputed bigint not null default 0,
    add column look_at timestamptz,
    add column looks integer not null default 0;
create index commission_collections_looked_at on commission_collections (look_at) where look_at is not null;
create index commission_collections_by_invoice on commission_collections (invoice_id) where invoice_id is not null;

-- Each payment of a collection, by the processor's id of it: a debit, or what paid an invoice.
create table commission_payments (
    payment_id text primary key,
    collection_id bigint not null references commission_collections
);

-- Each refund, dispute and credit note, as the processor had it last. kind: refund, dispute, credit_note; status: done, failed,
-- inquiry, open, won, lost, issued, void; outside: what of a credit note went back elsewhere.
create table commission_backs (
    collection_id bigint not null references commission_collections,
    kind text not null,
    source_id text not null,
    status text not null,
    amount bigint not null,
    outside bigint not null default 0,
    at timestamptz not null,
    primary key (collection_id, kind, source_id)
);

insert into commission_payments
select distinct on (charge_id) charge_id, collection_id from commission_collections where charge_id is not null
order by charge_id, collection_id;
update commission_collections set look_at = now() where state = 'completed' and way is not null;

-- migrate:down
drop table commission_backs, commission_payments;
drop index commission_collections_by_invoice, commission_collections_looked_at;
alter table commission_collections
    drop column looks, drop column look_at, drop column disputed, drop column forgiven, drop column returned;
