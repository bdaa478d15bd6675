-- migrate:up

-- Transactions of more than 90 days ago (P-6). A column of external_transactions is one here, too.
create table external_transactions_archive (like external_transactions including indexes);

-- All there are, wherever they are kept: what counts or shows transactions reads this.
create view all_external_transactions as
select transaction_id, connection_id, provider_id, processor, payment_id, state, amount, refunded, currency, commission, fee,
    commission_ppm, appointment_id, order_id, created_at, completed_at, changed_at, seen_at, known_by, version,
    false as archived
from external_transactions
union all
select transaction_id, connection_id, provider_id, processor, payment_id, state, amount, refunded, currency, commission, fee,
    commission_ppm, appointment_id, order_id, created_at, completed_at, changed_at, seen_at, known_by, version,
    true as archived
from external_transactions_archive;

-- migrate:down
drop view all_external_transactions;
insert into external_transactions overriding system value table external_transactions_archive;
drop table external_transactions_archive;
