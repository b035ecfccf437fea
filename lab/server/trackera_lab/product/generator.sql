-- What the data is made with: numbers, names and words that depend on the seed and on nothing else.
-- Variables: seed, scale. Dropped again at the end of the load.

RESET ROLE;
CREATE SCHEMA generator;
GRANT USAGE, CREATE ON SCHEMA generator TO app_owner;
SET ROLE app_owner;

-- A number from 0 to size - 1 for the n-th thing; the salt keeps its properties independent of one another.
CREATE FUNCTION generator.pick(n bigint, salt integer, size integer) RETURNS integer IMMUTABLE PARALLEL SAFE
RETURN ((hashint8extended(n, salt::bigint * 7919 + :seed * 104729) & 9223372036854775807) % size)::integer;

-- From 0 to size - 1, low numbers more often: few large tenants, many small ones.
CREATE FUNCTION generator.skewed(n bigint, salt integer, size integer) RETURNS integer IMMUTABLE PARALLEL SAFE
RETURN floor(size * power(generator.pick(n, salt, 1000000) / 1000000.0::double precision, 1.8))::integer;

CREATE FUNCTION generator.count(base integer) RETURNS integer IMMUTABLE
RETURN greatest(4, round(base * :scale))::integer;

CREATE FUNCTION generator.key(kind text, n bigint) RETURNS uuid IMMUTABLE PARALLEL SAFE
RETURN md5(kind || ':' || n || ':' || :seed)::uuid;

CREATE FUNCTION generator.digest(kind text, n bigint) RETURNS bytea IMMUTABLE PARALLEL SAFE
RETURN sha256(convert_to(kind || ':' || n || ':' || :seed, 'UTF8'));

CREATE FUNCTION generator.address(n bigint, salt integer) RETURNS inet IMMUTABLE PARALLEL SAFE
RETURN CASE generator.pick(n, salt, 3)
    WHEN 0 THEN '198.51.100.0'::inet + generator.pick(n, salt + 1, 256)
    WHEN 1 THEN '203.0.113.0'::inet + generator.pick(n, salt + 1, 256)
    ELSE '2001:db8::'::inet + generator.pick(n, salt + 1, 1000000)::bigint END;

-- A moment in the last `days` days, in working hours more or less.
CREATE FUNCTION generator.moment(n bigint, salt integer, days integer) RETURNS timestamptz STABLE PARALLEL SAFE
RETURN (:'as_of'::date - generator.pick(n, salt, days))::timestamp AT TIME ZONE 'UTC'
    - interval '16 hours' + generator.pick(n, salt + 1, 36000) * interval '1 second';

CREATE FUNCTION generator.first_name(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN (ARRAY['Anna','Jörg','Marie','Łukasz','Zoë','Paul','Sophie','Björn','Élise','Tomáš','Nina','Markus','Lena','David',
    'Hannah','Stefan','Julia','Mehmet','Ivana','Pierre','Chiara','Felix','Katarzyna','Oliver','Aylin','Søren','Nora',
    'Jakub','Eva','Mateo','Clara','Noah','Ines','Vincent','Maja','Elias','Petra','Hugo','Laura','Andrés','Ruth','Emil',
    'Sára','Leon','Fatima','Georg','Alma','Rafael','Milena','Theo'])[1 + generator.pick(n, 11, 50)];

CREATE FUNCTION generator.last_name(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN (ARRAY['Berger','Müller','Novák','O''Connor','Wiśniewska','Gruber','Dubois','Schäfer','Rossi','Jensen','Kovács',
    'Huber','Öztürk','Fischer','García','Lindqvist','Weiß','van den Berg','Moser','Petrović','Lang','Hofer','Martin',
    'Steiner','Popescu','Keller','Silva','Bauer','Nowak','Winkler','Maier','Laurent','Horváth','Schmid','Egger',
    'D''Angelo','Brandstätter','Kuznetsova','Reiter','Haas','Andersen','Fuchs','Leitner','Costa','Auer','Pichler',
    'Żukowski','Brunner','Kaya','Wolf','Schneider-Lutz','Toth','Ivanov','Riedl','Nilsson','Baumann','Eder','Ferrari',
    'Lechner','Wagner'])[1 + generator.pick(n, 12, 60)];

CREATE FUNCTION generator.plain(word text) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN translate(lower(word), 'äöüßéèëáčďíłńóřśšťúýžćøåõñż '' ', 'aouseeeacdilnorsstuyzcoaonz');

CREATE FUNCTION generator.company(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN (ARRAY['Nordlicht','Blue Harbour','Alpen','Kastanie','Redwood','Silber','Quartz','Lumen','Hafen','Atlas','Morgen',
    'Delta','Granit','Linden','Orbit','Pixel','Velo','Terra','Kupfer','Meridian'])[1 + generator.pick(n, 21, 20)]
    || ' ' ||
    (ARRAY['Studio','Software','Architekten','Consulting','Media','Engineering','Labs','Logistics','Design','Partners',
    'Digital','Werke','Analytics','Agentur','Systems'])[1 + generator.pick(n, 22, 15)]
    || ' ' || (ARRAY['GmbH','AG','Ltd','KG','SAS','BV'])[1 + generator.pick(n, 23, 6)];

CREATE FUNCTION generator.work(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE
RETURN (ARRAY['Fix login redirect','Review pull request','Weekly planning','Prepare workshop','Write release notes',
    'Design invoice layout','Customer call','Refactor export','Investigate slow report','Update documentation',
    'Pair on calendar sync','Set up staging','Migrate old entries','Interview candidate','Test mobile app',
    'Answer support tickets','Budget review','Sketch onboarding','Clean up tags','Retrospective'])
    [1 + generator.pick(n, 31, 20)];
