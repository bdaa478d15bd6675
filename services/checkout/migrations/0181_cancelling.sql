-- migrate:up

-- Why an order whose page somebody wants ended is to be cancelled by that, in place of expired: whoever ends the page
-- finds it here, also after a crash.
alter table payment_attempts add column cancel_cause text;

-- migrate:down
alter table payment_attempts drop column cancel_cause;
