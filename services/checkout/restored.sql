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
