-- Who may do what. The roles exist already; here they get their rights.

GRANT USAGE ON SCHEMA app TO app_rw, app_ro;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA app TO app_rw;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA app TO app_rw;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA app TO app_rw;
GRANT SELECT ON ALL TABLES IN SCHEMA app TO app_ro;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app_rw;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT USAGE, SELECT ON SEQUENCES TO app_rw;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO app_ro;
REVOKE SELECT ON app.accounts, app.sessions, app.api_tokens, app.jira_connections, app.webhooks FROM app_ro;
GRANT SELECT (id, email, name, locale, time_zone, created_at, deactivated_at) ON app.accounts TO app_ro;

GRANT USAGE ON SCHEMA ops TO ops_heartbeat;
GRANT SELECT, INSERT, UPDATE ON ops.heartbeat TO ops_heartbeat;

RESET ROLE;
DROP SCHEMA generator CASCADE;
