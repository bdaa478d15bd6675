-- migrate:up

-- Accounts that can't be debited are sent an invoice (P-7).
-- way: debit or invoice; null until it is started. invoice_id, invoice_number, invoice_url: the processor's of the invoice that
-- is, or was, open for it; payable_until: by when that is to be paid.
alter table commission_collections
    add column way text,
    add column invoice_id text,
    add column invoice_number text,
    add column invoice_url text,
    add column payable_until timestamptz;
update commission_collections set way = 'debit' where account_id is not null;

-- What the processor calls those who get invoices: its customers have one currency each. email: as it has it.
create table commission_customers (
    provider_id integer not null,
    currency text not null,
    customer_id text not null,
    email text not null,
    primary key (provider_id, currency)
);

-- migrate:down
drop table commission_customers;
alter table commission_collections
    drop column way,
    drop column invoice_id,
    drop column invoice_number,
    drop column invoice_url,
    drop column payable_until;
