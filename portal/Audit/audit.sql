-- The audit log: append-only and hash-chained. The portal's role can read it and call audit.append, nothing else;
-- the triggers also stop its owner from changing it by mistake. See SECURITY.md for what that does not protect.
create schema if not exists audit;

create table if not exists audit.entries (
  seq        bigint primary key,
  prev       bytea  not null,
  hash       bytea  not null,
  body       text   not null,
  -- What is searched is derived from what was hashed, so that the two cannot differ.
  at         bigint generated always as ((body::jsonb ->> 'atMicroseconds')::bigint) stored,
  tenant_id  text   generated always as (body::jsonb ->> 'tenantId') stored,
  actor      text   generated always as (body::jsonb ->> 'actorName') stored,
  action     text   generated always as (body::jsonb ->> 'action') stored,
  result     text   generated always as (body::jsonb ->> 'result') stored,
  subject_id text   generated always as (body::jsonb ->> 'subjectId') stored
);

create index if not exists entries_tenant on audit.entries (tenant_id, seq desc);
create index if not exists entries_subject on audit.entries (subject_id, seq desc);

create or replace function audit.refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only';
end $$;

create or replace trigger no_change before update or delete on audit.entries for each row execute function audit.refuse();
create or replace trigger no_truncate before truncate on audit.entries for each statement execute function audit.refuse();

-- hash = SHA-256 (previous hash, number as 8 bytes big-endian, body as UTF-8)
create or replace function audit.append(entry_body text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  last_seq bigint;
  last_hash bytea;
begin
  -- One at a time: the chain has one end.
  perform pg_advisory_xact_lock(6402116735);
  select seq, hash into last_seq, last_hash from audit.entries order by seq desc limit 1;
  last_seq := coalesce(last_seq, 0) + 1;
  last_hash := coalesce(last_hash, decode(repeat('00', 32), 'hex'));
  insert into audit.entries (seq, prev, hash, body)
    values (last_seq, last_hash, sha256(last_hash || int8send(last_seq) || convert_to(entry_body, 'UTF8')), entry_body);
  return last_seq;
end $$;

revoke all on function audit.append(text) from public;
grant usage on schema audit to sallyport_portal;
grant select on audit.entries to sallyport_portal;
grant execute on function audit.append(text) to sallyport_portal;
