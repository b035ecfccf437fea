-- Tenants, accounts, members and what belongs to them.

CREATE UNLOGGED TABLE generator.tenant AS
SELECT no, generator.key('tenant', no) AS id, generator.company(no) AS name,
       generator.plain(split_part(generator.company(no), ' ', 1)) || '-' || no AS slug,
       :'as_of'::date::timestamptz - (60 + generator.pick(no, 41, 1400)) * interval '1 day' AS since
  FROM generate_series(1, generator.count(120)) AS no;

CREATE UNLOGGED TABLE generator.member AS
SELECT n AS no, generator.key('member', n) AS id, generator.key('account', n) AS account_id,
       tenant.no AS tenant_no, tenant.id AS tenant_id, tenant.slug, tenant.since,
       generator.first_name(n) || ' ' || generator.last_name(n) AS name,
       generator.plain(generator.first_name(n)) || '.' || generator.plain(generator.last_name(n))
           || n || '@' || tenant.slug || '.example' AS email
  FROM generate_series(1, generator.count(2400)) AS n
  JOIN generator.tenant ON tenant.no = CASE WHEN n <= generator.count(120) THEN n
                                            ELSE 1 + generator.skewed(n, 42, generator.count(120)) END;
CREATE INDEX ON generator.member (no);

-- Whom a tenant's rows can speak of: its own people.
CREATE UNLOGGED TABLE generator.crew AS
SELECT tenant_no, tenant_id, array_agg(no ORDER BY no) AS numbers FROM generator.member GROUP BY tenant_no, tenant_id;
ANALYZE generator.member, generator.crew;

INSERT INTO app.tenants (id, slug, name, plan, country, billing_email, vat_number, settings, created_at, updated_at,
                         cancelled_at, reactivated_at)
SELECT id, slug, name,
       (ARRAY['team','team','business','business','enterprise','trial'])[1 + generator.pick(no, 43, 6)]::app.plan,
       (ARRAY['AT','DE','CH','FR','NL','DK'])[1 + generator.pick(no, 44, 6)],
       'billing@' || slug || '.example',
       CASE WHEN generator.pick(no, 45, 5) > 0 THEN 'ATU' || (10000000 + generator.pick(no, 46, 89999999)) END,
       jsonb_build_object('week_starts_on', 'monday', 'rounding_minutes', 5 * generator.pick(no, 47, 4),
                          'ai_suggestions', generator.pick(no, 48, 3) > 0),
       since, since + interval '30 days',
       CASE WHEN generator.pick(no, 49, 12) = 0 AND no > 3
            THEN greatest(since, :'as_of'::date::timestamptz - generator.pick(no, 50, 800) * interval '1 day') END,
       NULL
  FROM generator.tenant ORDER BY no;

INSERT INTO app.accounts (id, email, pending_email, name, password_hash, two_factor_secret, avatar_key, locale,
                          last_seen_at, last_seen_from, created_at, updated_at, deactivated_at)
SELECT account_id, email, CASE WHEN generator.pick(no, 51, 60) = 0 THEN 'new.' || email END, name,
       '$argon2id$v=19$m=19456,t=2,p=1$' || encode(substr(generator.digest('salt', no), 1, 12), 'base64') || '$'
           || encode(generator.digest('password', no), 'base64'),
       CASE WHEN generator.pick(no, 52, 3) = 0 THEN generator.digest('two-factor', no) END,
       CASE WHEN generator.pick(no, 53, 2) = 0 THEN 'avatars/' || md5(lower(email)) || '.png' END,
       (ARRAY['de-AT','de-DE','en-GB','fr-FR','nl-NL'])[1 + generator.pick(no, 54, 5)],
       generator.moment(no, 55, 90), generator.address(no, 57), since, since + interval '10 days',
       CASE WHEN generator.pick(no, 59, 25) = 0 THEN generator.moment(no, 60, 300) END
  FROM generator.member ORDER BY no;

INSERT INTO app.members (id, tenant_id, account_id, role, display_name, employee_number, weekly_hours, skills, employed,
                         is_placeholder, created_at, updated_at)
SELECT id, tenant_id, account_id,
       CASE WHEN no <= generator.count(120) THEN 'owner'
            ELSE (ARRAY['admin','manager','member','member','member','member','guest'])[1 + generator.pick(no, 61, 7)]
       END::app.member_role,
       name, 'E' || lpad(no::text, 5, '0'), (ARRAY[38.5, 40, 30, 20])[1 + generator.pick(no, 62, 4)],
       string_to_array((ARRAY['rust,sql', 'design,figma', 'sales', 'operations,aws,sql'])[1 + generator.pick(no, 63, 4)], ','),
       daterange(since::date, NULL), false, since, since
  FROM generator.member ORDER BY no;

-- Consultants: a person of one tenant who is a member of another one as well, with the same account.
INSERT INTO app.members (id, tenant_id, account_id, role, display_name, weekly_hours, skills, employed, created_at, updated_at)
SELECT generator.key('second-member', person.no), other.id, person.account_id, 'guest', person.name, 10, '{}',
       daterange(:'as_of'::date - 200, NULL), person.since, person.since
  FROM generator.member AS person
  JOIN generator.tenant AS other ON other.no = 1 + (person.tenant_no % generator.count(120))
 WHERE generator.pick(person.no, 64, 30) = 0 AND other.no <> person.tenant_no ORDER BY person.no;

UPDATE app.tenants SET owner_id = member.id
  FROM generator.member WHERE member.tenant_id = tenants.id AND member.no <= generator.count(120);

INSERT INTO app.invitations (tenant_id, email, role, invited_by, token_digest, created_at, accepted_at)
SELECT inviter.tenant_id,
       generator.plain(generator.first_name(n + 90000)) || '.' || generator.plain(generator.last_name(n + 90000))
           || '@invited.example',
       'member', inviter.id, generator.digest('invitation', n), generator.moment(n, 71, 400),
       CASE WHEN generator.pick(n, 73, 3) = 0 THEN generator.moment(n, 71, 400) + interval '1 day' END
  FROM generate_series(1, generator.count(500)) AS n
  JOIN generator.member AS inviter ON inviter.no = 1 + generator.pick(n, 74, generator.count(2400))
 ORDER BY n;

INSERT INTO app.teams (tenant_id, name, lead_id, created_at)
SELECT lead.tenant_id, (ARRAY['Product','Delivery','Sales','Support','Finance','Research'])[1 + generator.pick(n, 75, 6)]
           || ' ' || n, lead.id, lead.since
  FROM generate_series(1, generator.count(360)) AS n
  JOIN generator.member AS lead ON lead.no = 1 + generator.pick(n, 76, generator.count(2400))
 ORDER BY n;

INSERT INTO app.team_members (team_id, member_id, since)
SELECT DISTINCT ON (team.id, member.id) team.id, member.id, member.since::date
  FROM app.teams AS team JOIN generator.member ON member.tenant_id = team.tenant_id
 WHERE generator.pick(team.id * 100003 + member.no, 77, 4) = 0 ORDER BY team.id, member.id;

INSERT INTO app.consents (account_id, purpose, version, given, given_at, given_from)
SELECT account_id, (ARRAY['terms','newsletter','product_analytics'])[purpose], 1 + generator.pick(no, 78, 3),
       purpose = 1 OR generator.pick(no, 79 + purpose, 2) = 0, since + purpose * interval '1 minute',
       generator.address(no, 57)
  FROM generator.member, generate_series(1, 3) AS purpose WHERE purpose = 1 OR generator.pick(no, 82 + purpose, 2) = 0
 ORDER BY no, purpose;

INSERT INTO app.holidays (country, day, name)
SELECT country, make_date(year, month, day), name
  FROM unnest(ARRAY['AT','DE','CH','FR','NL','DK']) AS country,
       generate_series(extract(year FROM :'as_of'::date)::int - 2, extract(year FROM :'as_of'::date)::int + 1) AS year,
       (VALUES (1, 1, 'New Year'), (5, 1, 'Labour Day'), (12, 25, 'Christmas Day'), (12, 26, 'St Stephen'))
           AS fixed (month, day, name)
 ORDER BY country, year, month, day;
