-- After this database was restored from a backup, before inventory starts (fullhouse restored inventory).
insert into restores (restored_at) values (app_now());

-- Versions that others have seen were counted after the backup, too: the counter jumps beyond them all (E-6).
-- Milliseconds since 1970 grow faster than any city's stock changes.
update cities set (stock_version, restored_version) = (select jump, jump from (
    select greatest(stock_version, floor(extract(epoch from app_now()) * 1000)::bigint) as jump
) as jumped);
