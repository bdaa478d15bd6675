-- migrate:up

-- Refunds that people ask for: which seats go with the money, and who wanted it why. A payment may have several.
-- `refusal`: the processor's code for what it will not do; `settled_at`: when it decided.
alter table refunds
    add column seats int[] not null default '{}',
    add column return_seats boolean not null default false,
    add column reason text,
    add column requested_by text,
    add column refusal text,
    add column settled_at timestamptz;
alter table refunds drop constraint refunds_processor_payment_intent_cause_key;
create unique index refunds_of_second_charges on refunds (processor, payment_intent) where cause = 'second_charge';
create index refunds_of_payments on refunds (processor, payment_intent) where state = 'due';

-- migrate:down
drop index refunds_of_payments, refunds_of_second_charges;
delete from refunds where cause <> 'second_charge';
alter table refunds add constraint refunds_processor_payment_intent_cause_key unique (processor, payment_intent, cause);
alter table refunds
    drop column seats, drop column return_seats, drop column reason, drop column requested_by,
    drop column refusal, drop column settled_at;
