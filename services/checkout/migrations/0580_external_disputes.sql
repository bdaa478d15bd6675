-- migrate:up

-- Disputes of payments at providers' own processors, as these have told of them: what a bank has taken and given back in all
-- so far is never less than before, whichever news come late. Amounts are minor units of the payment's currency.
-- status: inquiry, open, won, lost; code: why, in the processor's word; amount: what the bank asks for.
-- No reference to the transactions: those of them that are old are kept elsewhere.
create table external_disputes (
    transaction_id bigint not null,
    dispute_id text not null,
    status text not null,
    code text not null,
    amount bigint not null,
    taken bigint not null,
    returned bigint not null,
    opened_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (transaction_id, dispute_id)
);
create index external_disputes_undecided on external_disputes (transaction_id) where status = 'open';

insert into external_disputes
select transaction_id, source_id, case when bool_or(kind = 'dispute_won') then 'won' else 'open' end, 'unknown',
       -sum(amount) filter (where kind = 'dispute'), -sum(amount) filter (where kind = 'dispute'),
       coalesce(sum(amount) filter (where kind = 'dispute_won'), 0), min(at), max(at)
from transaction_entries where kind in ('dispute', 'dispute_won') group by transaction_id, source_id;

-- migrate:down
drop table external_disputes;
