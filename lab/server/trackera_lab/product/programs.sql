-- What the database does by itself: timestamps, a history of accounts, a summary, and who sees absences.

CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;

SELECT format('CREATE TRIGGER touch BEFORE UPDATE ON app.%I FOR EACH ROW EXECUTE FUNCTION app.touch()', name)
  FROM unnest(ARRAY['tenants','accounts','members','clients','projects','tasks','time_entries','timesheets','invoices']) AS name
\gexec

-- Support wants to see what an account looked like before; so a change of address leaves the old one here.
CREATE FUNCTION app.remember_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.account_history (account_id, before)
    VALUES (OLD.id, jsonb_build_object('email', OLD.email, 'name', OLD.name, 'locale', OLD.locale));
    RETURN NULL;
END $$;
CREATE TRIGGER remember AFTER UPDATE OF email, name ON app.accounts
    FOR EACH ROW WHEN (OLD.email IS DISTINCT FROM NEW.email OR OLD.name IS DISTINCT FROM NEW.name)
    EXECUTE FUNCTION app.remember_account();

CREATE MATERIALIZED VIEW app.member_months AS
SELECT entry.tenant_id, entry.member_id, member.display_name, date_trunc('month', entry.work_date)::date AS month,
       sum(entry.minutes) AS minutes, sum(entry.minutes) FILTER (WHERE entry.billable) AS billable_minutes
  FROM app.time_entries AS entry JOIN app.members AS member ON member.id = entry.member_id
 GROUP BY 1, 2, 3, 4;
CREATE UNIQUE INDEX member_months_key ON app.member_months (member_id, month);

CREATE VIEW app.open_timesheets AS
SELECT sheet.id, member.tenant_id, member.display_name, sheet.week
  FROM app.timesheets AS sheet JOIN app.members AS member ON member.id = sheet.member_id WHERE sheet.status = 'submitted';

-- Why somebody is absent is nobody's business outside the tenant.
ALTER TABLE app.absences ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON app.absences
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

COMMENT ON COLUMN app.accounts.email IS 'How a person signs in; unique whatever the case';
COMMENT ON COLUMN app.audit_events.actor_id IS 'No foreign key: the trail outlives the member';
