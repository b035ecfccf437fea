-- Clients, projects, tasks, time and what people wrote about it.

INSERT INTO app.clients (tenant_id, name, contact_name, contact_email, contact_phone, address, note, created_at, updated_at)
SELECT tenant.id, generator.company(n + 5000), generator.first_name(n + 50000) || ' ' || generator.last_name(n + 50000),
       generator.plain(generator.first_name(n + 50000)) || '@client' || n || '.example',
       '+43 720 ' || lpad(generator.pick(n, 101, 1000000)::text, 6, '0'),
       jsonb_build_object('street', 'Hauptstraße ' || 1 + generator.pick(n, 102, 90), 'city',
           (ARRAY['Wien','Graz','Berlin','Zürich','Lyon','Utrecht'])[1 + generator.pick(n, 103, 6)]),
       CASE WHEN generator.pick(n, 104, 3) = 0
            THEN 'Ask for ' || generator.first_name(n + 50000) || ' only; invoices go to ' || contact.name END,
       tenant.since, tenant.since
  FROM generate_series(1, generator.count(700)) AS n
  JOIN generator.crew ON crew.tenant_no = 1 + generator.skewed(n, 105, generator.count(120))
  JOIN generator.tenant ON tenant.no = crew.tenant_no
  JOIN generator.member AS contact ON contact.no = crew.numbers[1 + generator.pick(n, 106, cardinality(crew.numbers))]
 ORDER BY n;

INSERT INTO app.projects (tenant_id, client_id, lead_id, code, name, color, budget_hours, billable, runs, created_at,
                          updated_at, archived_at)
SELECT lead.tenant_id, client.id, lead.id, 'P' || lpad(n::text, 4, '0'),
       generator.work(n) || ' ' || (ARRAY['2.0','Relaunch','Rollout','Support','Phase II'])[1 + generator.pick(n, 111, 5)],
       '#' || substr(md5('color' || n), 1, 6), 40 + generator.pick(n, 112, 900), generator.pick(n, 113, 5) > 0,
       daterange(:'as_of'::date - 500 + generator.pick(n, 114, 300), NULL), lead.since, lead.since,
       CASE WHEN generator.pick(n, 115, 9) = 0 THEN generator.moment(n, 116, 100) END
  FROM generate_series(1, generator.count(1500)) AS n
  JOIN generator.member AS lead ON lead.no = CASE WHEN n <= generator.count(120) THEN n
                                                  ELSE 1 + generator.pick(n, 117, generator.count(2400)) END
  LEFT JOIN LATERAL (SELECT id FROM app.clients WHERE clients.tenant_id = lead.tenant_id
                      ORDER BY generator.pick(clients.id * 31 + n, 118, 1000000), id LIMIT 1) AS client ON true
 ORDER BY n;

INSERT INTO app.tasks (project_id, parent_id, title, description, assignee_id, estimate, done_at, created_at, updated_at)
SELECT project.id, NULL, generator.work(n),
       CASE WHEN generator.pick(n, 122, 2) = 0
            THEN 'Agreed with ' || other.name || ' (' || other.email || ') on the phone.' END,
       CASE WHEN generator.pick(n, 120, 3) > 0 THEN assignee.id END, generator.pick(n, 123, 16) * interval '30 minutes',
       CASE WHEN generator.pick(n, 124, 2) = 0 THEN generator.moment(n, 125, 200) END,
       generator.moment(n, 127, 500), generator.moment(n, 125, 200)
  FROM generate_series(1, generator.count(8000)) AS n
  JOIN app.projects AS project ON project.id = 1 + generator.pick(n, 121, generator.count(1500))
  JOIN generator.crew ON crew.tenant_id = project.tenant_id
  JOIN generator.member AS assignee ON assignee.no = crew.numbers[1 + generator.pick(n, 128, cardinality(crew.numbers))]
  JOIN generator.member AS other ON other.no = crew.numbers[1 + generator.pick(n, 129, cardinality(crew.numbers))]
 ORDER BY n;
UPDATE app.tasks SET parent_id = id - 1 WHERE generator.pick(id, 130, 6) = 0 AND id > 1;

CREATE UNLOGGED TABLE generator.plan AS
SELECT tenant.no AS tenant_no, array_agg(DISTINCT project.id ORDER BY project.id) AS projects
  FROM generator.tenant JOIN app.projects AS project ON project.tenant_id = tenant.id GROUP BY tenant.no;
CREATE UNLOGGED TABLE generator.project_tasks AS
SELECT project_id, array_agg(id ORDER BY id) AS tasks FROM app.tasks GROUP BY project_id;

INSERT INTO app.project_members (project_id, member_id, hourly_rate)
SELECT project.id, member.id, 60 + 5 * generator.pick(project.id * 100003 + member.no, 131, 20)
  FROM app.projects AS project JOIN generator.member ON member.tenant_id = project.tenant_id
 WHERE generator.pick(project.id * 100003 + member.no, 132, 5) = 0 ORDER BY project.id, member.no;

INSERT INTO app.tags (tenant_id, name, color)
SELECT tenant.id, word || '', '#' || substr(md5(word), 1, 6)
  FROM generator.tenant, unnest(ARRAY['meeting','development','travel','support','internal','sales','review']) AS word
 ORDER BY tenant.no, word;

INSERT INTO app.time_entries (id, work_date, tenant_id, member_id, project_id, task_id, spent, description, billable,
                              invoiced, source, created_at, updated_at)
SELECT n, day, tenant_id, id, project_id,
       CASE WHEN generator.pick(n, 141, 4) > 0 THEN tasks[1 + generator.pick(n, 142, cardinality(tasks))] END,
       tstzrange(started, started + minutes * interval '1 minute'),
       CASE generator.pick(n, 143, 12)
           WHEN 0 THEN generator.work(n) || ' with ' || generator.first_name(n / 7) || ' ' || generator.last_name(n / 7)
           WHEN 1 THEN 'Call: ' || name || ' and client, follow-up by ' || email
           WHEN 2 THEN ''
           ELSE generator.work(n) END,
       generator.pick(n, 144, 5) > 0, day < :'as_of'::date - 60 AND generator.pick(n, 145, 3) > 0,
       (ARRAY['web','web','web','mobile','jira','ai','import'])[1 + generator.pick(n, 146, 7)],
       started + minutes * interval '1 minute', started + minutes * interval '1 minute'
  FROM (SELECT n, day, day::timestamp AT TIME ZONE 'UTC'
                   + (420 + 5 * generator.pick(n, 147, 120)) * interval '1 minute' AS started,
               5 * (1 + generator.skewed(n, 148, 60)) AS minutes,
               1 + generator.pick(n, 149, generator.count(2400)) AS member_no
          FROM (SELECT n, :'as_of'::date - 510 + (n * 510::bigint / generator.count(150000))::integer AS day
                  FROM generate_series(1, generator.count(150000)) AS n) AS numbers) AS entry
  JOIN generator.member ON member.no = entry.member_no
  JOIN generator.plan ON plan.tenant_no = member.tenant_no
  JOIN LATERAL (SELECT projects[1 + generator.pick(n, 150, cardinality(projects))] AS project_id) AS chosen ON true
  LEFT JOIN generator.project_tasks USING (project_id)
 ORDER BY n;
SELECT setval('app.time_entries_id_seq', (SELECT max(id) FROM app.time_entries)) \g /dev/null

INSERT INTO app.time_entry_tags (entry_id, work_date, tag_id)
SELECT entry.id, entry.work_date, tag.id
  FROM app.time_entries AS entry
  JOIN (SELECT tenant_id, array_agg(id ORDER BY id) AS ids FROM app.tags GROUP BY tenant_id) AS own USING (tenant_id)
  CROSS JOIN LATERAL (SELECT ids[1 + generator.pick(entry.id, 151, cardinality(ids))] AS id) AS tag
 WHERE generator.pick(entry.id, 152, 4) = 0 ORDER BY entry.id;

INSERT INTO app.timesheets (member_id, week, status, approved_by, remark, decided_at, created_at, updated_at)
SELECT member.id, daterange(monday, monday + 7),
       (ARRAY['approved','approved','approved','submitted','rejected','open'])
           [1 + generator.pick(member.no * 101 + week, 161, 6)]::app.timesheet_status,
       approver.id, CASE WHEN generator.pick(member.no * 101 + week, 162, 15) = 0 THEN 'Please add Friday, ' || member.name END,
       monday + interval '8 days', monday + interval '7 days', monday + interval '8 days'
  FROM generator.member CROSS JOIN generate_series(1, 10) AS week
  CROSS JOIN LATERAL (SELECT date_trunc('week', :'as_of'::date)::date - 7 * week AS monday) AS calendar
  JOIN generator.member AS approver ON approver.no = member.tenant_no
 ORDER BY member.no, week;

INSERT INTO app.absences (tenant_id, member_id, kind, period, reason, approved_by, created_at)
SELECT member.tenant_id, member.id, kind, daterange(begins, begins + 1 + generator.pick(member.no * 7 + turn, 171, 12)),
       CASE kind WHEN 'sick' THEN (ARRAY['Flu','Migraine','Back pain','Child is ill'])[1 + generator.pick(member.no, 172, 4)]
                 WHEN 'parental' THEN 'Birth of a child' END,
       approver.id, begins - interval '14 days'
  FROM generator.member CROSS JOIN generate_series(0, 2) AS turn
  CROSS JOIN LATERAL (SELECT :'as_of'::date - 420 + turn * 120 + generator.pick(member.no * 7 + turn, 173, 90) AS begins,
           (ARRAY['vacation','vacation','vacation','sick','parental','training'])
               [1 + generator.pick(member.no * 7 + turn, 174, 6)]::app.absence_kind AS kind) AS away
  JOIN generator.member AS approver ON approver.no = member.tenant_no
 WHERE generator.pick(member.no * 7 + turn, 175, 3) > 0 ORDER BY member.no, turn;

INSERT INTO app.comments (task_id, author_id, body, mentions, created_at)
SELECT task.id, author.id,
       '@' || other.name || ' ' || (ARRAY['can you look at this?','done, please review.','the client called again.',
           'see the mail to ' || other.email || '.', 'I talked to ' || other.name || ' and his manager.'])
           [1 + generator.pick(n, 182, 5)],
       ARRAY[other.id], generator.moment(n, 183, 300)
  FROM generate_series(1, generator.count(6000)) AS n
  JOIN app.tasks AS task ON task.id = 1 + generator.pick(n, 181, generator.count(8000))
  JOIN app.projects AS project ON project.id = task.project_id
  JOIN generator.crew ON crew.tenant_id = project.tenant_id
  JOIN generator.member AS author ON author.no = crew.numbers[1 + generator.pick(n, 185, cardinality(crew.numbers))]
  JOIN generator.member AS other ON other.no = crew.numbers[1 + generator.pick(n, 186, cardinality(crew.numbers))]
 ORDER BY n;

INSERT INTO app.attachments (id, tenant_id, task_id, uploaded_by, file_name, media_type, size_bytes, sha256, object_key, created_at)
SELECT generator.key('attachment', n), project.tenant_id, task.id, owner.id,
       (ARRAY['contract','screenshot','minutes','cv ' || owner.name, 'invoice'])[1 + generator.pick(n, 192, 5)]
           || (ARRAY['.pdf','.png','.txt'])[1 + generator.pick(n, 193, 3)],
       (ARRAY['application/pdf','image/png','text/plain'])[1 + generator.pick(n, 193, 3)],
       1000 + generator.pick(n, 194, 4000000), generator.digest('file', n),
       'tenants/' || project.tenant_id || '/' || generator.key('attachment', n), generator.moment(n, 195, 400)
  FROM generate_series(1, generator.count(4000)) AS n
  JOIN app.tasks AS task ON task.id = 1 + generator.pick(n, 191, generator.count(8000))
  JOIN app.projects AS project ON project.id = task.project_id
  JOIN generator.crew ON crew.tenant_id = project.tenant_id
  JOIN generator.member AS owner ON owner.no = crew.numbers[1 + generator.pick(n, 197, cardinality(crew.numbers))]
 ORDER BY n;
