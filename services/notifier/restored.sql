-- After this database was restored from a backup, before the notifier starts (fullhouse restored notifier).
insert into restores (restored_at) values (app_now());

-- What was to be sent may have been sent since, and is asked about first (N-3). Versions that others have seen were
-- counted after the backup, too: the counter jumps beyond them (E-6).
update deliveries
set version = greatest(version, floor(extract(epoch from app_now()))::int),
    state = case when state in ('queued', 'sending') then 'unknown' else state end,
    reason = case when state in ('queued', 'sending') then 'It may have been sent before the database was restored.'
        else reason end,
    next_attempt_at = greatest(next_attempt_at, app_now() + interval '5 s'),
    lease_until = null,
    -- Receipts that came meanwhile are lost; where there are any, the provider is asked.
    poll_at = case when poll_at is not null then app_now() end
where state in ('queued', 'sending', 'unknown', 'sent');
