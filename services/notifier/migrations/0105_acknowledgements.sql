-- migrate:up

-- What people did about an alert is an acknowledgement; what vendors say to our calls are responses.
alter table answers rename to acknowledgements;
alter table acknowledgements rename column answered_at to acknowledged_at;

-- migrate:down
alter table acknowledgements rename column acknowledged_at to answered_at;
alter table acknowledgements rename to answers;
