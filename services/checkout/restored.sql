-- After this database was restored from a backup, before checkout starts (fullhouse restored checkout).

-- Versions that others have seen were counted after the backup, too: they jump beyond them all (E-6). Seconds since 1970
-- grow faster than the changes of any order, pass or city.
update orders set version = greatest(version, floor(extract(epoch from app_now()))::int);
update catalogue_cities
set version = greatest(version, floor(extract(epoch from app_now()))::int),
    entry = jsonb_set(entry, '{version}', to_jsonb(greatest(version, floor(extract(epoch from app_now()))::int)));
update catalogue_terms set revision = greatest(revision, floor(extract(epoch from app_now()))::bigint);
update catalogue_passes
set version = greatest(version, floor(extract(epoch from app_now()))::int),
    entry = jsonb_set(entry, '{version}', to_jsonb(greatest(version, floor(extract(epoch from app_now()))::int)));
update passes set version = greatest(version, floor(extract(epoch from app_now()))::int);
update external_transactions set version = greatest(version, floor(extract(epoch from app_now()))::int);
update external_transactions_archive set version = greatest(version, floor(extract(epoch from app_now()))::int);

-- What providers took since the backup is in the lists of their processors.
update transaction_syncs
set since = since - interval '1 hour', until = null, after = null, claimed_until = null, due_at = app_now();

-- What the processors have told since the backup they are asked for once more: webhooks were read up to `since` (L-9).
insert into processor_polls (processor, subject, since, due_at)
select processor, lost.subject, since - interval '1 hour', app_now()
from processor_polls, unnest(array['lost_sessions', 'lost_webhooks', 'lost_debits', 'lost_invoices']) as lost (subject)
where processor_polls.subject = 'webhooks'
on conflict (processor, subject) do update
set since = least(processor_polls.since, excluded.since), until = null, after = null, read_once = false, due_at = excluded.due_at;
