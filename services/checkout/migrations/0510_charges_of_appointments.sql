-- migrate:up

-- The platform takes money for appointments, too: such an entry has an appointment in place of an order.
alter table charge_entries alter column order_id drop not null;
alter table charge_entries add column appointment_id integer;
alter table charge_entries add constraint charge_entries_about_one check (num_nonnulls(order_id, appointment_id) = 1);

-- migrate:down
alter table charge_entries drop constraint charge_entries_about_one;
alter table charge_entries drop column appointment_id;
alter table charge_entries alter column order_id set not null;
