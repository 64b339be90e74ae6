-- What only the sandbox used goes; leases get their name.
DROP TABLE list_reset;
ALTER TABLE duty RENAME TO lease;
ALTER INDEX duty_pkey RENAME TO lease_pkey;
