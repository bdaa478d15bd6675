-- migrate:up

-- What charges and refunds of our own processor account came to: money is what is summed up here, and nothing of it is
-- ever changed or taken out. Amounts are minor units of the currency, negative where money went back.
-- kind: payment, refund (above 0 where one has failed later), dispute, dispute_won. source_id: of a dispute its id, else that
-- of the payment. fee: what fees.yaml says that the processor keeps of it.
create table charge_entries (
    entry_id bigint primary key generated always as identity,
    processor text not null,
    source_id text not null,
    order_id uuid not null,
    kind text not null,
    amount bigint not null,
    currency text not null,
    fee bigint not null,
    at timestamptz not null
);
create index charge_entries_by_age on charge_entries (at, entry_id);
create unique index charge_entries_once on charge_entries (processor, kind, source_id) where kind <> 'refund';

-- When money went back before this was kept is known of our own refunds only; of others the day of the payment is taken.
insert into charge_entries (processor, source_id, order_id, kind, amount, currency, fee, at)
select processor, payment_intent, order_id, 'payment', amount, currency, 0, paid_at from payment_charges;
insert into charge_entries (processor, source_id, order_id, kind, amount, currency, fee, at)
select processor, payment_intent, order_id, 'refund', -refunded, currency, 0,
       coalesce((select max(settled_at) from refunds as r
                 where (r.processor, r.payment_intent) = (c.processor, c.payment_intent)), paid_at)
from payment_charges as c where refunded <> 0;

create function charge_entries_never_change() returns trigger language plpgsql as $$
begin
    raise exception 'entries of the ledger of charges never change';
end $$;
create trigger charge_entries_never_change before update or delete or truncate on charge_entries
    for each statement execute function charge_entries_never_change();

-- migrate:down
drop table charge_entries;
drop function charge_entries_never_change;
