-- Jira, suggestions, and the traces that people leave: sessions, logins, mail, audit.

INSERT INTO app.jira_connections (tenant_id, site_url, connected_by, access_token, scopes, created_at, last_sync_at)
SELECT id, 'https://' || slug || '.atlassian.example', generator.key('member', no), generator.digest('jira', no),
       ARRAY['read:jira-work', 'read:jira-user'], since + interval '3 days', :'as_of'::date
  FROM generator.tenant WHERE no % 2 = 1 ORDER BY no;

INSERT INTO app.jira_issues (connection_id, key, summary, reporter, assignee_email, raw, synced_at)
SELECT connection.id, 'TRK-' || n, generator.work(n),
       jsonb_build_object('name', reporter.name, 'email', reporter.email), assignee.email,
       json_build_object('fields', json_build_object('reporter', json_build_object('displayName', reporter.name,
           'emailAddress', reporter.email), 'priority', (ARRAY['Low','Medium','High'])[1 + generator.pick(n, 302, 3)])),
       generator.moment(n, 303, 60)
  FROM generate_series(1, generator.count(9000)) AS n
  JOIN app.jira_connections AS connection ON connection.id = 1 + generator.skewed(n, 301, (generator.count(120) + 1) / 2)
  JOIN generator.crew ON crew.tenant_id = connection.tenant_id
  JOIN generator.member AS reporter ON reporter.no = crew.numbers[1 + generator.pick(n, 305, cardinality(crew.numbers))]
  JOIN generator.member AS assignee ON assignee.no = crew.numbers[1 + generator.pick(n, 306, cardinality(crew.numbers))]
 ORDER BY n;

CREATE UNLOGGED TABLE generator.jira AS
SELECT connection.tenant_id, array_agg(issue.id ORDER BY issue.id) AS issues
  FROM app.jira_issues AS issue JOIN app.jira_connections AS connection ON connection.id = issue.connection_id GROUP BY 1;

INSERT INTO app.jira_links (issue_id, task_id, linked_at)
SELECT jira.issues[1 + generator.pick(task.id, 311, cardinality(jira.issues))], task.id, generator.moment(task.id, 312, 60)
  FROM app.tasks AS task JOIN app.projects AS project ON project.id = task.project_id
  JOIN generator.jira ON jira.tenant_id = project.tenant_id ORDER BY task.id;

INSERT INTO app.ai_suggestions (member_id, issue_id, entry_id, entry_date, state, prompt, proposal, confidence, model, created_at)
SELECT entry.member_id, jira.issues[1 + generator.pick(entry.id, 321, cardinality(jira.issues))],
       CASE WHEN state IN ('accepted', 'edited') THEN entry.id END,
       CASE WHEN state IN ('accepted', 'edited') THEN entry.work_date END, state,
       'What did ' || member.display_name || ' work on? Issues and calendar follow.',
       jsonb_build_object('description', entry.description, 'minutes', entry.minutes, 'person', member.display_name),
       (30 + generator.pick(entry.id, 322, 70)) / 100.0::real, 'anthropic.claude-3-haiku', entry.created_at
  FROM app.time_entries AS entry JOIN app.members AS member ON member.id = entry.member_id
  LEFT JOIN generator.jira ON jira.tenant_id = entry.tenant_id
  CROSS JOIN LATERAL (SELECT (ARRAY['offered','accepted','accepted','edited','dismissed'])
      [1 + generator.pick(entry.id, 323, 5)]::app.suggestion_state AS state) AS fate
 WHERE entry.source = 'ai' ORDER BY entry.id;

INSERT INTO app.sessions (id, account_id, ip, user_agent, payload, created_at, last_active_at)
SELECT encode(generator.digest('session', n), 'hex'), account_id, generator.address(n, 331),
       (ARRAY['Mozilla/5.0 (X11; Linux x86_64)','Mozilla/5.0 (Macintosh)','TrackeraMobile/4.2'])[1 + generator.pick(n, 333, 3)],
       replace(encode(convert_to(json_build_object('user', account_id, 'email', email, 'csrf', md5('csrf' || n))::text,
           'UTF8'), 'base64'), E'\n', ''),
       generator.moment(n, 334, 30), generator.moment(n, 334, 30) + interval '20 minutes'
  FROM generate_series(1, generator.count(5000)) AS n
  JOIN generator.member ON member.no = 1 + generator.pick(n, 336, generator.count(2400))
 ORDER BY n;

INSERT INTO app.api_tokens (id, member_id, name, token_digest, scopes, last_used_at, expires_at, created_at)
SELECT generator.key('token', n), member.id, (ARRAY['CI','Zapier','Calendar','my laptop'])[1 + generator.pick(n, 341, 4)],
       generator.digest('token', n), ARRAY['entries:read', 'entries:write'], generator.moment(n, 342, 40),
       CASE WHEN generator.pick(n, 344, 3) > 0 THEN :'as_of'::date + 200 * interval '1 day' END, member.since
  FROM generate_series(1, generator.count(800)) AS n
  JOIN generator.member ON member.no = 1 + generator.pick(n, 345, generator.count(2400))
 ORDER BY n;

INSERT INTO app.login_attempts (email, ip, succeeded, at)
SELECT CASE WHEN generator.pick(n, 351, 20) = 0 THEN upper(email) ELSE email END, generator.address(n, 352),
       generator.pick(n, 354, 9) > 0, generator.moment(n, 355, 180)
  FROM generate_series(1, generator.count(16000)) AS n
  JOIN generator.member ON member.no = 1 + generator.pick(n, 357, generator.count(2400))
 ORDER BY n;

INSERT INTO app.email_log (tenant_id, recipient, template, subject, variables, state, provider_id, sent_at)
SELECT tenant_id, email, template, 'Trackera: ' || template, jsonb_build_object('name', name, 'to', email, 'unsubscribe',
           'https://app.trackera.example/u/' || encode(convert_to(email, 'UTF8'), 'base64')),
       (ARRAY['delivered','delivered','delivered','delivered','bounced'])[1 + generator.pick(n, 361, 5)]::app.delivery_state,
       '0100' || md5('mail' || n), generator.moment(n, 362, 365)
  FROM generate_series(1, generator.count(20000)) AS n
  JOIN generator.member ON member.no = 1 + generator.pick(n, 364, generator.count(2400))
  CROSS JOIN LATERAL (SELECT (ARRAY['weekly-report','reminder','invoice','password-reset','mention'])
      [1 + generator.pick(n, 365, 5)] AS template) AS kind
 ORDER BY n;

INSERT INTO app.exports (id, tenant_id, requested_by, kind, filter, object_key, rows, requested_at, expires_at)
SELECT generator.key('export', n), tenant_id, id, (ARRAY['csv','xlsx','pdf'])[1 + generator.pick(n, 371, 3)],
       jsonb_build_object('member', name, 'from', :'as_of'::date - 90), 'exports/' || generator.key('export', n),
       generator.pick(n, 372, 5000), generator.moment(n, 373, 60), generator.moment(n, 373, 60) + interval '7 days'
  FROM generate_series(1, generator.count(600)) AS n
  JOIN generator.member ON member.no = 1 + generator.pick(n, 375, generator.count(2400))
 ORDER BY n;

INSERT INTO app.webhooks (tenant_id, url, secret, events, created_at)
SELECT id, 'https://hooks.' || slug || '.example/trackera', generator.digest('webhook', no),
       ARRAY['entry.created', 'invoice.paid'], since
  FROM generator.tenant ORDER BY no;

INSERT INTO app.webhook_deliveries (webhook_id, event, payload, status, attempted_at)
SELECT webhook.id, 'entry.created', ('{"member": {"name": "' || replace(member.name, 'ö', '\u00f6') || '", "email": "'
           || member.email || '"}, "minutes": ' || generator.pick(n, 381, 480) || '}')::json,
       (ARRAY[200, 200, 200, 204, 500])[1 + generator.pick(n, 382, 5)], generator.moment(n, 383, 30)
  FROM generate_series(1, generator.count(4000)) AS n
  JOIN generator.member ON member.no = 1 + generator.pick(n, 385, generator.count(2400))
  JOIN app.webhooks AS webhook ON webhook.tenant_id = member.tenant_id
 ORDER BY n;

INSERT INTO app.audit_events (tenant_id, actor_type, actor_id, actor_email, action, target_type, target_id, changes, ip, at)
SELECT actor.tenant_id, 'member', actor.id::text, actor.email, action, 'member', target.id::text,
       CASE action WHEN 'member.updated' THEN jsonb_build_object('email', jsonb_build_array('old.' || target.email, target.email))
                   WHEN 'rate.changed' THEN jsonb_build_object('amount', jsonb_build_array(80, 95)) END,
       generator.address(n, 391), generator.moment(n, 393, 365)
  FROM generate_series(1, generator.count(60000)) AS n
  JOIN generator.member AS actor ON actor.no = 1 + generator.pick(n, 395, generator.count(2400))
  JOIN generator.crew ON crew.tenant_no = actor.tenant_no
  JOIN generator.member AS target ON target.no = crew.numbers[1 + generator.pick(n, 396, cardinality(crew.numbers))]
  CROSS JOIN LATERAL (SELECT (ARRAY['member.viewed','member.updated','timesheet.approved','rate.changed','export.requested'])
      [1 + generator.pick(n, 397, 5)] AS action) AS done
 ORDER BY n;

INSERT INTO app.notifications (member_id, kind, body, link, created_at, read_at)
SELECT member.id, (ARRAY['mention','approval','reminder'])[1 + generator.pick(n, 401, 3)],
       other.name || ' ' || (ARRAY['mentioned you','approved your week','is waiting for your timesheet'])[1 + generator.pick(n, 401, 3)],
       '/tasks/' || 1 + generator.pick(n, 402, generator.count(8000)), generator.moment(n, 403, 120),
       CASE WHEN generator.pick(n, 405, 3) > 0 THEN generator.moment(n, 403, 120) + interval '3 hours' END
  FROM generate_series(1, generator.count(20000)) AS n
  JOIN generator.member ON member.no = 1 + generator.pick(n, 406, generator.count(2400))
  JOIN generator.crew ON crew.tenant_no = member.tenant_no
  JOIN generator.member AS other ON other.no = crew.numbers[1 + generator.pick(n, 407, cardinality(crew.numbers))]
 ORDER BY n;

INSERT INTO app.rate_limits (key, hits, resets_at)
SELECT 'ip:' || host(generator.address(n, 411)) || ':' || n, generator.pick(n, 413, 100), :'as_of'::date + interval '1 hour'
  FROM generate_series(1, 200) AS n;

INSERT INTO ops.heartbeat (writer, sequence, beat_at, wal_position) VALUES ('load', 1, :'as_of'::date, '0/0');
INSERT INTO ops.schema_migrations (version, applied_at)
SELECT to_char(n, 'FM0000') || '_release', :'as_of'::date - (120 - n) * interval '10 days' FROM generate_series(1, 118) AS n;
