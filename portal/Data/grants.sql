-- What the portal's role may do with the tables of the migrations. The audit log's rights are in Audit/audit.sql.
grant usage on schema public to sallyport_portal;
grant select, insert, update, delete on all tables in schema public to sallyport_portal;
grant usage, select on all sequences in schema public to sallyport_portal;
revoke insert, update, delete on "__EFMigrationsHistory" from sallyport_portal;
