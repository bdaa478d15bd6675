-- migrate:up

-- Staff and providers look for appointments by customer and state, and at what was decided about one.
create index appointments_by_customer on appointments (email_key, appointment_id);
create index appointments_by_state on appointments (state, appointment_id);
create index routing_decisions_of_appointment on routing_decisions (appointment_id, at) where appointment_id is not null;

-- migrate:down
drop index routing_decisions_of_appointment;
drop index appointments_by_state;
drop index appointments_by_customer;
