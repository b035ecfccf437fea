//! Encryption on the way: what a listener admits, and what a database insists on.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Call, Function, Parameter, Returns, Style, View, anything, known};
use crate::language::value::{List, Unknown, Value};
use crate::resource::{ErrorClass, Gap};

pub(super) const WEAK_CIPHERS: Function = Function {
    name: "weak_ciphers",
    style: Style::Global,
    parameters: &[Parameter::Resource("aws.elbv2.listener")],
    returns: Returns::Texts,
    reads: &[("aws.elbv2.listener", "tls_ciphers")],
    description: "The cipher suites of a listener's TLS policy that are not strong: without forward secrecy, or with SHA-1, \
                  MD5, RC4, DES or no encryption. Judged by what the policy holds, never by its name.",
    validate: anything,
    call: |call| known(weak_ciphers(call)),
};

pub(super) const REQUIRES_TLS: Function = Function {
    name: "requires_tls",
    style: Style::Global,
    parameters: &[Parameter::Resource("aws.rds.db_instance")],
    returns: Returns::Bool,
    reads: &[
        ("aws.rds.db_instance", "engine"),
        ("aws.rds.db_instance", "engine_version"),
        ("aws.rds.db_instance", "db_cluster_identifier"),
        ("aws.rds.db_instance", "parameter_apply_status"),
        ("aws.rds.db_instance", "parameters"),
        ("aws.rds.db_cluster", "parameters"),
    ],
    description: "Whether a database refuses connections without TLS: the parameter of its engine says so and is in force \
                  (not waiting for a restart). A parameter that is not set has the default of the engine's major version; \
                  for members of a cluster the cluster's parameters count.",
    validate: anything,
    call: |call| known(requires_tls(call).map(Value::Bool)),
};

fn subject<'a>(call: &Call<'a>) -> Option<View<'a>> {
    match call.argument(0) {
        Value::Resource(index) => View::resource(call.moment.estate, *index),
        _ => None,
    }
}

fn weak_ciphers(call: &Call<'_>) -> Result<Value, Unknown> {
    let Some(listener) = subject(call) else { return Ok(Value::list(Vec::new())) };
    let (ciphers, missing) = listener.texts("tls_ciphers")?;
    let items = ciphers.iter().filter(|cipher| is_weak(cipher)).map(|cipher| Value::text(cipher)).collect();
    Ok(Value::List(Arc::new(List { items, why: Vec::new(), missing })))
}

/// Names are those of OpenSSL, as Elastic Load Balancing gives them; suites of TLS 1.3 begin with `TLS_`.
fn is_weak(cipher: &str) -> bool {
    if cipher.starts_with("TLS_") {
        return cipher.contains("NULL");
    }
    let forward_secret = cipher.starts_with("ECDHE-") || cipher.starts_with("DHE-");
    let broken = ["RC4", "DES", "NULL", "MD5", "EXP", "SEED"].iter().any(|part| cipher.contains(part));
    !forward_secret || broken || cipher.ends_with("-SHA")
}

fn requires_tls(call: &Call<'_>) -> Result<bool, Unknown> {
    let Some(database) = subject(call) else { return Ok(false) };
    let engine = database.text("engine")?.unwrap_or_default().to_owned();
    let version = database.text("engine_version")?.unwrap_or_default().to_owned();
    let (parameters, in_force) = match database.text("db_cluster_identifier")? {
        Some(cluster) => (cluster_parameters(call, &database, cluster)?, true),
        None => (database.entries("parameters")?, database.text("parameter_apply_status")? == Some("in-sync")),
    };
    let parameter = if is_mysql(&engine) { "require_secure_transport" } else { "rds.force_ssl" };
    let on = match parameters.get(parameter) {
        Some(value) => matches!(value.as_str(), "1" | "ON" | "on" | "true"),
        None if engine.starts_with("oracle") => return Err(not_read(&database, "rds:DescribeOptionGroups")?),
        None => is_on_by_default(&engine, &version),
    };
    Ok(on && in_force)
}

fn is_mysql(engine: &str) -> bool {
    ["mysql", "mariadb", "aurora-mysql"].contains(&engine)
}

/// RDS for PostgreSQL insists on TLS from version 15 on, Aurora PostgreSQL from version 17 on unless told otherwise
/// (Amazon RDS and Aurora User Guides, "Requiring an SSL/TLS connection").
fn is_on_by_default(engine: &str, version: &str) -> bool {
    let major: u32 = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or_default();
    match engine {
        "postgres" => major >= 15,
        "aurora-postgresql" => major >= 17,
        _ => false,
    }
}

fn cluster_parameters(call: &Call<'_>, database: &View<'_>, id: &str) -> Result<BTreeMap<String, String>, Unknown> {
    const CLUSTER: &str = "aws.rds.db_cluster";
    let (account, region) =
        (database.text("account")?.unwrap_or_default(), database.text("region")?.unwrap_or_default());
    let estate = call.moment.estate;
    let (clusters, missing) = estate.account_wide(CLUSTER, account);
    let found = clusters.into_iter().filter_map(|index| {
        let entry = estate.entry(index)?;
        (*entry.id == *id && *entry.region == *region).then(|| View::resource(estate, index)).flatten()
    });
    match found.into_iter().next() {
        Some(cluster) => cluster.entries("parameters"),
        None => Err(match missing {
            Some(missing) => missing,
            None => not_read(database, "rds:DescribeDBClusters")?,
        }),
    }
}

fn not_read(database: &View<'_>, operation: &str) -> Result<Unknown, Unknown> {
    Ok(Unknown::from(Gap {
        operation: operation.to_owned(),
        account: database.text("account")?.unwrap_or_default().to_owned(),
        region: database.text("region")?.unwrap_or_default().to_owned(),
        resource: database.text("id")?.map(str::to_owned),
        error_class: ErrorClass::NotCollected,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ciphers_are_judged_by_what_they_are() {
        for strong in [
            "TLS_AES_128_GCM_SHA256",
            "ECDHE-RSA-AES128-GCM-SHA256",
            "ECDHE-ECDSA-AES256-SHA384",
            "DHE-RSA-CHACHA20-POLY1305",
        ] {
            assert!(!is_weak(strong), "{strong}");
        }
        for weak in [
            "AES128-GCM-SHA256",
            "ECDHE-RSA-AES128-SHA",
            "DES-CBC3-SHA",
            "ECDHE-RSA-RC4-SHA",
            "AES256-SHA",
            "NULL-SHA256",
        ] {
            assert!(is_weak(weak), "{weak}");
        }
    }

    #[test]
    fn defaults_follow_the_engine_and_its_major_version() {
        assert!(is_on_by_default("postgres", "15.8"));
        assert!(!is_on_by_default("postgres", "14.13"));
        assert!(!is_on_by_default("aurora-postgresql", "16.4"));
        assert!(is_on_by_default("aurora-postgresql", "17.1"));
        assert!(!is_on_by_default("mysql", "8.4.3"));
        assert!(!is_on_by_default("postgres", "nonsense"));
    }
}
