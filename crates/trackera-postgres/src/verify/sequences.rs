//! Sequences: none stands before a number that its column already holds.

use tokio_postgres::Client;
use trackera_core::recovery::verification::{Check, CheckResult};

use super::{listed, rows};
use crate::trouble::{Trouble, statement};

/// Sequences by the columns that own them or draw their defaults from them.
const USES: &str = "
WITH uses (sequence, relation, column_number) AS (
    SELECT objid, refobjid, refobjsubid FROM pg_catalog.pg_depend
     WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND deptype IN ('a', 'i') AND refobjsubid > 0
       AND refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    UNION
    SELECT d.refobjid, a.adrelid, a.adnum FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attrdef a ON a.oid = d.objid
     WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass)
SELECT m.nspname::text || '.' || q.relname,
       pg_catalog.format('SELECT pg_catalog.%s(%I)::int8 FROM %I.%I', CASE WHEN s.seqincrement > 0 THEN 'max' ELSE 'min' END,
                         a.attname, n.nspname, c.relname),
       s.seqincrement > 0, pg_catalog.pg_sequence_last_value(q.oid)
  FROM uses JOIN pg_catalog.pg_sequence s ON s.seqrelid = uses.sequence AND NOT s.seqcycle
  JOIN pg_catalog.pg_class q ON q.oid = s.seqrelid JOIN pg_catalog.pg_namespace m ON m.oid = q.relnamespace
  JOIN pg_catalog.pg_class c ON c.oid = uses.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = uses.column_number
   AND a.atttypid IN ('int2'::pg_catalog.regtype, 'int4'::pg_catalog.regtype, 'int8'::pg_catalog.regtype)
 WHERE q.relpersistence <> 't' AND NOT c.relispartition ORDER BY 1";

pub(super) async fn check(client: &Client) -> Result<CheckResult, Trouble> {
    let uses = rows(client, USES, "listing sequences").await?;
    let mut wrong = Vec::new();
    for sequence in &uses {
        let name: String = sequence.get(0);
        let used = client.query_one(sequence.get::<_, &str>(1), &[]).await;
        let used: Option<i64> = used.map_err(statement(format!("looking at what {name} gave")))?.get(0);
        let (ascending, last): (bool, Option<i64>) = (sequence.get(2), sequence.get(3));
        let before = |used: i64| last.is_none_or(|last| if ascending { last < used } else { last > used });
        if let Some(used) = used.filter(|used| before(*used)) {
            let stands = last.map_or_else(|| "gave no value yet".to_owned(), |last| format!("stands at {last}"));
            wrong.push(format!("the sequence {name} {stands}, and {used} is in use"));
        }
    }
    Ok(listed(Check::Sequences, uses.len(), &wrong, "sequences stand behind what is in use"))
}
