//! Reads the shape of a database: every object with its definition, every grant. The same reading makes the locked
//! reference from production and describes a copy.

use tokio_postgres::{Client, GenericClient};
use trackera_core::recovery::structure::{Structure, VERSION};

use crate::manifest::pin;
use crate::trouble::{Trouble, statement};

/// Each statement gives names and definitions. Members of extensions are the extension's.
const OBJECTS: [&str; 11] = [
    "SELECT 'schema ' || nspname::pg_catalog.text, 'owner ' || pg_catalog.pg_get_userbyid(nspowner)::pg_catalog.text FROM pg_catalog.pg_namespace n
      WHERE OWN(n.oid, 'pg_namespace') AND nspname !~ '^pg_' AND nspname <> 'information_schema'",
    "SELECT CASE relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'f' THEN 'foreign table '
                         ELSE 'table ' END || NAMED, pg_catalog.concat_ws('; ', 'owner ' || pg_catalog.pg_get_userbyid(relowner)::pg_catalog.text,
            CASE relpersistence WHEN 'u' THEN 'unlogged' END, CASE WHEN relrowsecurity THEN 'row security' END,
            CASE WHEN relforcerowsecurity THEN 'forced' END, pg_catalog.array_to_string(reloptions, ','),
            CASE relkind WHEN 'p' THEN 'by ' || pg_catalog.pg_get_partkeydef(c.oid) END,
            pg_catalog.pg_get_expr(relpartbound, c.oid),
            CASE WHEN relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END)
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
      WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relpersistence <> 't' AND OWN(c.oid, 'pg_class') AND USERS",
    "SELECT 'column ' || NAMED || '.' || attname::pg_catalog.text, pg_catalog.concat_ws('; ', pg_catalog.format_type(atttypid, atttypmod),
            CASE WHEN attnotnull THEN 'not null' END, 'identity ' || pg_catalog.nullif_empty(attidentity),
            'generated ' || pg_catalog.nullif_empty(attgenerated), PLAIN(pg_catalog.pg_get_expr(adbin, adrelid)),
            CASE WHEN attcollation <> t.typcollation THEN attcollation::pg_catalog.regcollation::pg_catalog.text END)
       FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = attrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace JOIN pg_catalog.pg_type t ON t.oid = atttypid
       LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
      WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'c', 'f') AND relpersistence <> 't'
        AND OWN(c.oid, 'pg_class') AND USERS",
    "SELECT 'constraint ' || NAMED || '.' || conname::pg_catalog.text, PLAIN(pg_catalog.pg_get_constraintdef(k.oid))
       FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = conrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace WHERE OWN(c.oid, 'pg_class') AND USERS",
    "SELECT 'index ' || NAMED, PLAIN(pg_catalog.pg_get_indexdef(indexrelid))
            || CASE WHEN indisvalid THEN '' ELSE '; invalid' END
            || CASE WHEN indisreplident THEN '; replica identity' ELSE '' END
       FROM pg_catalog.pg_index JOIN pg_catalog.pg_class c ON c.oid = indexrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
      WHERE relpersistence <> 't' AND OWN(indrelid, 'pg_class') AND USERS",
    "SELECT 'trigger ' || NAMED || '.' || tgname::pg_catalog.text, pg_catalog.pg_get_triggerdef(g.oid)
            || CASE tgenabled WHEN 'O' THEN '' ELSE '; enabled ' || tgenabled::pg_catalog.text END
       FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = tgrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
      WHERE NOT tgisinternal AND OWN(c.oid, 'pg_class') AND USERS",
    "SELECT 'function ' || p.oid::pg_catalog.regprocedure::pg_catalog.text, 'owner ' || pg_catalog.pg_get_userbyid(proowner)::pg_catalog.text || '; '
            || CASE WHEN prokind = 'a' THEN 'aggregate' ELSE pg_catalog.pg_get_functiondef(p.oid) END
       FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace
      WHERE OWN(p.oid, 'pg_proc') AND USERS",
    "SELECT 'policy ' || NAMED || '.' || polname::pg_catalog.text, pg_catalog.concat_ws('; ', polcmd, polpermissive,
            (SELECT pg_catalog.string_agg(CASE r WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(r)::pg_catalog.text END, ','
                                          ORDER BY pg_catalog.pg_get_userbyid(r)) FROM pg_catalog.unnest(polroles) r),
            'using ' || PLAIN(pg_catalog.pg_get_expr(polqual, polrelid)),
            'check ' || PLAIN(pg_catalog.pg_get_expr(polwithcheck, polrelid)))
       FROM pg_catalog.pg_policy JOIN pg_catalog.pg_class c ON c.oid = polrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace WHERE USERS",
    "SELECT 'type ' || t.oid::pg_catalog.regtype::pg_catalog.text, pg_catalog.concat_ws('; ', typtype,
            (SELECT pg_catalog.string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_catalog.pg_enum WHERE enumtypid = t.oid),
            CASE typtype WHEN 'd' THEN pg_catalog.format_type(typbasetype, typtypmod) END,
            CASE WHEN typnotnull THEN 'not null' END, typdefault,
            (SELECT pg_catalog.string_agg(PLAIN(pg_catalog.pg_get_constraintdef(k.oid)), ',' ORDER BY conname)
               FROM pg_catalog.pg_constraint k WHERE contypid = t.oid))
       FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = typnamespace
      WHERE typtype IN ('e', 'd', 'r') AND OWN(t.oid, 'pg_type') AND USERS",
    "SELECT 'sequence ' || NAMED, pg_catalog.concat_ws(',', pg_catalog.format_type(seqtypid, NULL), seqstart, seqincrement, seqmin,
            seqmax, seqcycle)
       FROM pg_catalog.pg_sequence JOIN pg_catalog.pg_class c ON c.oid = seqrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
      WHERE relpersistence <> 't' AND OWN(c.oid, 'pg_class') AND USERS",
    "SELECT 'extension ' || extname::pg_catalog.text, extversion FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql'",
];

const GRANTS: &str = "
WITH objects (kind, name, acl, owner, class) AS (
    SELECT CASE relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, NAMED,
           COALESCE(relacl, pg_catalog.acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", relowner)), relowner, c.oid
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
     WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relpersistence <> 't' AND OWN(c.oid, 'pg_class') AND USERS
    UNION ALL
    SELECT 'column', NAMED || '.' || attname::pg_catalog.text, attacl, relowner, c.oid
      FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class c ON c.oid = attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
     WHERE attacl IS NOT NULL AND NOT attisdropped AND OWN(c.oid, 'pg_class') AND USERS
    UNION ALL
    SELECT 'schema', nspname, COALESCE(nspacl, pg_catalog.acldefault('n', nspowner)), nspowner, n.oid
      FROM pg_catalog.pg_namespace n WHERE USERS AND nspname <> 'public'
    UNION ALL
    SELECT 'function', p.oid::pg_catalog.regprocedure::pg_catalog.text,
           COALESCE(proacl, pg_catalog.acldefault('f', proowner)), proowner, p.oid
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace WHERE OWN(p.oid, 'pg_proc') AND USERS
    UNION ALL
    SELECT 'default for ' || defaclobjtype::pg_catalog.text, COALESCE(nspname, '*'), defaclacl, defaclrole, d.oid
      FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = defaclnamespace)
SELECT pg_catalog.lower(privilege_type) || ' on ' || kind || ' ' || name || ' to '
       || CASE grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(grantee)::pg_catalog.text END
       || CASE WHEN is_grantable THEN ' with grant option' ELSE '' END
  FROM objects, LATERAL pg_catalog.aclexplode(acl)";

/// Puts the words that all statements share in their places.
///
/// `PLAIN` takes away what a server writes differently when it reads its own words again: brackets, and casts between
/// kinds of text.
fn spelled(sql: &str) -> String {
    let mut sql = sql.replace("NAMED", "n.nspname::pg_catalog.text || '.' || c.relname::pg_catalog.text");
    sql = sql.replace("USERS", "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'");
    for (class, oid) in [
        ("pg_class", "c.oid"),
        ("pg_class", "indrelid"),
        ("pg_proc", "p.oid"),
        ("pg_type", "t.oid"),
        ("pg_namespace", "n.oid"),
    ] {
        let own = format!(
            "NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.objid = {oid} AND e.deptype = 'e' \
             AND e.classid = 'pg_catalog.{class}'::pg_catalog.regclass)"
        );
        sql = sql.replace(&format!("OWN({oid}, '{class}')"), &own);
    }
    for inner in [
        "pg_catalog.pg_get_expr(adbin, adrelid)",
        "pg_catalog.pg_get_constraintdef(k.oid)",
        "pg_catalog.pg_get_indexdef(indexrelid)",
        "pg_catalog.pg_get_expr(polqual, polrelid)",
        "pg_catalog.pg_get_expr(polwithcheck, polrelid)",
    ] {
        let plain = format!("pg_catalog.regexp_replace({inner}, '::(character varying|text)(\\[\\])?|[()]', '', 'g')");
        sql = sql.replace(&format!("PLAIN({inner})"), &plain);
    }
    for column in ["attidentity", "attgenerated"] {
        sql = sql
            .replace(&format!("pg_catalog.nullif_empty({column})"), &format!("NULLIF({column}::pg_catalog.text, '')"));
    }
    sql
}

/// Reads the shape of the database.
///
/// # Errors
/// Fails when a statement fails.
pub async fn read(client: &mut Client) -> Result<Structure, Trouble> {
    let transaction = client.build_transaction().isolation_level(tokio_postgres::IsolationLevel::RepeatableRead);
    let transaction = transaction.read_only(true).start().await.map_err(statement("reading the structure"))?;
    pin(&transaction).await?;
    let structure = read_in(&transaction).await?;
    transaction.commit().await.map_err(statement("reading the structure"))?;
    Ok(structure)
}

async fn read_in(client: &impl GenericClient) -> Result<Structure, Trouble> {
    let major = client.query_one("SELECT pg_catalog.current_setting('server_version_num')::integer / 10000", &[]).await;
    let major: i32 = major.map_err(statement("reading the version"))?.get(0);
    let mut structure = Structure {
        version: VERSION,
        server_major: major.unsigned_abs(),
        objects: std::collections::BTreeMap::new(),
        grants: std::collections::BTreeSet::new(),
    };
    for sql in OBJECTS {
        let sql = format!(
            "SELECT o.name::pg_catalog.text, o.definition::pg_catalog.text FROM ({}) o (name, definition)",
            spelled(sql)
        );
        let rows = client.query(&sql, &[]).await.map_err(statement("reading the structure"))?;
        structure.objects.extend(rows.iter().map(|row| (row.get(0), row.get(1))));
    }
    let rows = client.query(&spelled(GRANTS), &[]).await.map_err(statement("reading grants"))?;
    structure.grants = rows.iter().map(|row| row.get(0)).collect();
    Ok(structure)
}
