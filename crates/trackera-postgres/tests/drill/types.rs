//! Any schema: what a manifest says of the source, it says of the restored copy, for every type of PostgreSQL 15.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use trackera_core::recovery::manifest::{Algorithm, Compression, Format};
use trackera_postgres::backup::{describe_alone, take};
use trackera_postgres::connection::Limits;
use trackera_postgres::restore::{RestorePlan, restore};
use trackera_postgres::scratch::Scratch;

use crate::servers::{Place, WITHIN, backup_plan, sql};

/// Types and values that they find hard.
const TYPES: [(&str, &[&str]); 58] = [
    ("boolean", &["true", "false"]),
    ("smallint", &["-32768", "0", "32767"]),
    ("integer", &["-2147483648", "0", "2147483647"]),
    ("bigint", &["-9223372036854775808", "-1", "4294967295", "1", "4294967296", "9223372036854775807"]),
    ("numeric", &["NaN", "Infinity", "-Infinity", "1.0", "1.00", "0.000", "123456789012345678901234567890.5"]),
    ("numeric(12,2)", &["NaN", "0", "-1.5", "9999999999.99"]),
    ("numeric(3,-2)", &["12300", "0"]),
    ("real", &["-0.0", "0.0", "NaN", "Infinity", "1.17549435e-38", "3.4028235e38", "0.1"]),
    ("double precision", &["-0.0", "0.0", "NaN", "-Infinity", "5e-324", "1.7976931348623157e308", "0.1"]),
    ("money", &["12.34", "-0.01"]),
    ("text", &["", " ", "a\tb\nc\\d", "Ünïcödé ☃ 𝄞", "\\N", "\\.", "NULL", "null"]),
    ("varchar(10)", &["", "abc ", "0123456789"]),
    ("char(5)", &["", "ab", "abcde"]),
    ("bpchar", &["", "ab  ", "ab"]),
    ("name", &["a name"]),
    ("\"char\"", &["a", ""]),
    ("bytea", &["", "\\x00ff", "\\x5c78"]),
    ("date", &["infinity", "-infinity", "4713-01-01 BC", "5874897-12-31", "2024-02-29"]),
    ("time", &["00:00:00", "24:00:00", "23:59:59.999999"]),
    ("timetz", &["00:00:00+15:59", "24:00:00-00", "12:00:00.5+01"]),
    ("timestamp", &["infinity", "-infinity", "4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999"]),
    ("timestamptz", &["infinity", "-infinity", "1900-01-01 00:00:00+00:19:32", "2024-03-31 02:30:00+00"]),
    ("interval", &["1 day", "24 hours", "-1 month 1 day -00:00:01", "178000000 years", "1 mon -30 days"]),
    ("uuid", &["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"]),
    ("inet", &["::1", "10.0.0.1/8", "10.0.0.1", "::ffff:1.2.3.4/96"]),
    ("cidr", &["10.0.0.0/8", "::/0"]),
    ("macaddr", &["08:00:2b:01:02:03"]),
    ("macaddr8", &["08:00:2b:01:02:03:04:05"]),
    ("json", &["{\"b\": 1,  \"a\": 1, \"a\": 2}", "null", "\"\\u00f6\"", "1.0", "[]"]),
    ("jsonb", &["{\"b\": 1, \"a\": 1.0}", "null", "1.00", "1", "[{}, \"\\u00f6\"]"]),
    ("jsonpath", &["$.a[*] ? (@ > 1)"]),
    ("xml", &["<a>1</a>", "text", "<b/><c/>"]),
    ("point", &["(1,-0)", "(NaN,Infinity)"]),
    ("line", &["{1,2,3}"]),
    ("lseg", &["[(1,2),(3,4)]"]),
    ("box", &["(3,4),(1,2)"]),
    ("path", &["[(1,2),(3,4)]", "((1,2),(3,4))"]),
    ("polygon", &["((1,2),(3,4),(5,0))"]),
    ("circle", &["<(1,2),3>"]),
    ("bit(3)", &["101"]),
    ("bit varying", &["", "10101"]),
    ("tsvector", &["'a':1A 'b':2", ""]),
    ("tsquery", &["'a' & !'b'"]),
    ("int4range", &["empty", "[1,5)", "(,)"]),
    ("numrange", &["[1.0,2.0)", "[1.00,2)", "empty"]),
    ("tstzrange", &["[2024-01-01,infinity)", "[2024-01-01,)", "empty"]),
    ("daterange", &["[2024-01-01,2024-01-01]"]),
    ("int8multirange", &["{[1,3),[5,)}", "{}"]),
    ("nummultirange", &["{[1.0,2.00)}"]),
    ("oid", &["0", "4294967295"]),
    ("pg_lsn", &["0/0", "FFFFFFFF/FFFFFFFF"]),
    ("xid8", &["18446744073709551615"]),
    ("odd.mood", &["happy", "so so"]),
    ("odd.label", &["X", "x"]),
    ("odd.pair", &["(1,\"a b\")", "(,)"]),
    ("odd.price", &["1.00", "NaN"]),
    ("odd.folded", &["Straße", "STRASSE"]),
    ("odd.span", &["[a,b)", "empty"]),
];
const ODD: &str = "
CREATE SCHEMA odd;
CREATE TYPE odd.mood AS ENUM ('sad', 'so so');
ALTER TYPE odd.mood ADD VALUE 'happy';
CREATE DOMAIN odd.word AS text;
CREATE DOMAIN odd.label AS odd.word CHECK (VALUE <> '');
CREATE TYPE odd.pair AS (a integer, b text);
CREATE DOMAIN odd.price AS numeric(8, 2);
CREATE EXTENSION citext SCHEMA odd;
CREATE DOMAIN odd.folded AS odd.citext;
CREATE TYPE odd.span AS RANGE (SUBTYPE = text);";

#[derive(Clone, Debug)]
struct Cell {
    kind: usize,
    array: bool,
    values: Vec<Option<usize>>,
}

#[derive(Clone, Debug)]
struct Made {
    cells: Vec<Cell>,
    shape: usize,
    rows: usize,
    form: usize,
}

fn made() -> impl Strategy<Value = Vec<Made>> {
    let cell =
        (0..TYPES.len(), prop::bool::weighted(0.25), prop::collection::vec(prop::option::weighted(0.85, 0..8usize), 6));
    let cell = cell.prop_map(|(kind, array, values)| Cell { kind, array, values });
    let table = (prop::collection::vec(cell, 0..9), 0..5usize, 0..6usize, 0..3usize);
    let table = table.prop_map(|(cells, shape, rows, form)| Made { cells, shape, rows, form });
    prop::collection::vec(table, 1..6)
}

fn script(number: usize, table: &Made) -> String {
    let name = format!("odd.\"Table \"\"{number}\"\"\"");
    let declared = |(index, cell): (usize, &Cell)| {
        let bounds = if cell.array { "[]" } else { "" };
        format!(", \"Column {index}\" {}{bounds}", TYPES[cell.kind].0)
    };
    let columns: String = table.cells.iter().enumerate().map(declared).collect();
    let mut script = match table.shape {
        0 => format!("CREATE TABLE {name} (no integer{columns});"),
        1 => format!(
            "CREATE UNLOGGED TABLE {name} (no integer{columns}, twice integer GENERATED ALWAYS AS (no * 2) STORED);"
        ),
        2 => format!(
            "CREATE TABLE {name} (no integer{columns}) PARTITION BY LIST (no);
             CREATE TABLE odd.low{number} PARTITION OF {name} FOR VALUES IN (0, 1);
             CREATE TABLE odd.rest{number} PARTITION OF {name} DEFAULT;"
        ),
        3 => format!(
            "CREATE TABLE {name} (gone text, no integer{columns}); ALTER TABLE {name} DROP gone, ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
        ),
        _ => format!(
            "CREATE TABLE odd.parent{number} (id bigint DEFAULT 7);
             CREATE TABLE {name} (no integer{columns}) INHERITS (odd.parent{number});"
        ),
    };
    for row in 0..table.rows {
        let value = |cell: &Cell| {
            let pool = TYPES[cell.kind].1;
            let text = |index: usize| {
                format!("'{}'::text::{}", pool[index % pool.len()].replace('\'', "''"), TYPES[cell.kind].0)
            };
            match (cell.values[row % 6], cell.array) {
                (None, _) => ", NULL".to_owned(),
                (Some(index), false) => format!(", {}", text(index)),
                (Some(0), true) => ", '{}'".to_owned(),
                (Some(index), true) => format!(", ARRAY[[{}], [NULL]]::{}[]", text(index), TYPES[cell.kind].0),
            }
        };
        let values: String = table.cells.iter().map(value).collect();
        let listed: String = (0..table.cells.len()).map(|index| format!(", \"Column {index}\"")).collect();
        script += &format!("INSERT INTO {name} (no{listed}) VALUES ({}{values});", row / 2);
    }
    script
}

/// Backs up what a script makes, restores it, and gives the differences.
async fn round_trip(place: &Place, servers: (&Scratch, &Scratch), number: usize, tables: &[Made]) -> Vec<String> {
    let database = format!("any{number}");
    for server in [servers.0, servers.1] {
        sql(&server.address("postgres"), &format!("DROP DATABASE IF EXISTS any{}", number.wrapping_sub(1))).await;
    }
    sql(&servers.0.address("postgres"), &format!("CREATE DATABASE {database}")).await;
    let source = servers.0.address(&database);
    let script: String = tables.iter().enumerate().map(|(number, table)| script(number, table)).collect();
    sql(&source, ODD).await;
    sql(&source, &script).await;
    let form = tables.iter().map(|table| table.form).sum::<usize>() % 3;
    let mut plan = backup_plan(&source, place.path(&database));
    plan.format = [Format::Custom, Format::Directory, Format::Plain][form];
    plan.compression = Compression::Zstd;
    plan.algorithm = if form == 1 { Algorithm::TextSha256 } else { Algorithm::RowHash64 };
    let record = take(&plan).await.unwrap();
    let plan = RestorePlan {
        dump: &place.path(&database),
        record: Some(&record),
        keys: &[],
        database: &database,
        roles: &[],
        jobs: 2,
        within: WITHIN,
    };
    let copy = restore(servers.1, &plan).await.unwrap_or_else(|trouble| panic!("{trouble:?}\n{script}"));
    let mut client = copy.address.connect(&Limits::COPY).await.unwrap();
    let found = describe_alone(&mut client, record.manifest.algorithm).await.unwrap();
    record.manifest.differences(&found).iter().map(ToString::to_string).collect()
}

#[expect(clippy::disallowed_methods, reason = "how much a test tries is for whoever runs it to say")]
fn full() -> bool {
    std::env::var("TRACKERA_TRIALS").is_ok_and(|size| size == "full")
}

#[test]
fn the_manifest_of_any_schema_is_that_of_its_restored_copy() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let place = Place::new();
    let (source, target) = runtime.block_on(async { (place.server("source").await, place.server("target").await) });
    // Every type once, before chance decides.
    let every = TYPES
        .iter()
        .enumerate()
        .flat_map(|(kind, _)| [false, true].map(|array| Cell { kind, array, values: (0..6).map(Some).collect() }));
    let every = Made { cells: every.collect(), shape: 0, rows: 6, form: 0 };
    let mut number = 0;
    let mut check = |tables: &[Made]| {
        number += 1;
        runtime.block_on(round_trip(&place, (&source, &target), number, tables))
    };
    assert_eq!(check(std::slice::from_ref(&every)), [""; 0]);
    assert_eq!(check(&[Made { form: 1, ..every.clone() }]), [""; 0]);
    assert_eq!(check(&[Made { form: 2, ..every }]), [""; 0]);
    let cases = if full() { 300 } else { 6 };
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 20, ..Config::default() };
    let mut runner =
        TestRunner::new_with_rng(config, proptest::test_runner::TestRng::deterministic_rng(Default::default()));
    let check = std::cell::RefCell::new(check);
    let ran = runner.run(&made(), |tables| {
        let differences = (check.borrow_mut())(&tables);
        prop_assert!(differences.is_empty(), "{differences:?}");
        Ok(())
    });
    ran.unwrap();
    println!("trials: manifests of {cases} random schemas equal those of their restores");
}
