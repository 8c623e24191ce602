-- Two roles: one owns the schema and applies migrations, the other runs the service and can change nothing but rows.
-- Run by psql as a role that may create both; on a managed server its administrator may.
-- Passwords are not set here: \password asks for them, and no log sees them.
CREATE ROLE consent_owner LOGIN;
CREATE ROLE consent_service LOGIN;
-- The administrator of a managed server is no superuser and must be a member of the owner to create the database.
GRANT consent_owner TO CURRENT_USER;
CREATE DATABASE consent OWNER consent_owner ENCODING 'UTF8' TEMPLATE template0;
\connect consent
REVOKE ALL ON DATABASE consent FROM PUBLIC;
-- TEMPORARY: an import gathers its members in a table of its own.
GRANT CONNECT, TEMPORARY ON DATABASE consent TO consent_service;
-- Before PostgreSQL 15 everybody may create tables here.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO consent_owner;
GRANT USAGE ON SCHEMA public TO consent_service;
-- What migrations create, now and later. Triggers, which only the owner can take away, guard members and history.
ALTER DEFAULT PRIVILEGES FOR ROLE consent_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO consent_service;
