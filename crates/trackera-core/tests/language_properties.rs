//! The meaning of expressions: equal to CEL's where everything is known, and sound where something is not.

#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use trackera_core::company::Company;
use trackera_core::estate::{CollectedAccount, Estate, List, SNAPSHOT_VERSION, Snapshot};
use trackera_core::language::{Environment, Moment, Subject, Value, check, evaluate, trace};
use trackera_core::resource::{Attributes, Resource, UNKNOWN_KEY};
use trackera_core::schema::{Schema, Type};

const KIND: &str = "aws.rds.db_instance";
const ACCOUNT: &str = "000000000000";
const REGION: &str = "eu-central-1";

/// The attributes that generated expressions read, with the values that they may have.
#[derive(Clone, Debug)]
struct Facts {
    storage_encrypted: bool,
    multi_az: bool,
    days: i64,
    engine: String,
    key: Option<String>,
    tags: BTreeMap<String, String>,
}

fn facts() -> impl Strategy<Value = Facts> {
    let word = || prop::sample::select(vec!["a", "b", "ab"]).prop_map(str::to_owned);
    (
        any::<bool>(),
        any::<bool>(),
        -2_i64..4,
        word(),
        prop::option::of(word()),
        prop::collection::btree_map(word(), word(), 0..3),
    )
        .prop_map(|(storage_encrypted, multi_az, days, engine, key, tags)| Facts {
            storage_encrypted,
            multi_az,
            days,
            engine,
            key,
            tags,
        })
}

impl Facts {
    fn attributes(&self) -> Json {
        json!({
            "storage_encrypted": self.storage_encrypted, "multi_az": self.multi_az, "engine": self.engine,
            "backup_retention_period": self.days, "kms_key_id": self.key, "tags": self.tags,
        })
    }
}

fn leaf(options: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(options).prop_map(str::to_owned).boxed()
}

fn number() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        leaf(&["resource.backup_retention_period", "size(resource.tags)", "size(resource.engine)"]),
        (-2_i64..4).prop_map(|n| n.to_string())
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        (inner.clone(), prop::sample::select(vec!["+", "-", "*"]), inner).prop_map(|(l, o, r)| format!("({l} {o} {r})"))
    })
    .boxed()
}

fn text() -> BoxedStrategy<String> {
    let leaf = leaf(&["resource.engine", "'a'", "'b'", "'ab'"]);
    leaf.prop_recursive(1, 3, 2, |inner| (inner.clone(), inner).prop_map(|(l, r)| format!("({l} + {r})"))).boxed()
}

/// Expressions that are true or false; absent values are guarded, as the checker demands.
fn truth() -> BoxedStrategy<String> {
    let order = || prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]);
    let leaf = prop_oneof![
        leaf(&[
            "true",
            "false",
            "resource.storage_encrypted",
            "resource.multi_az",
            "has(resource.kms_key_id)",
            "has(resource.tags.a)"
        ]),
        (number(), order(), number()).prop_map(|(l, o, r)| format!("{l} {o} {r}")),
        (text(), order(), text()).prop_map(|(l, o, r)| format!("{l} {o} {r}")),
        (text(), text()).prop_map(|(l, r)| format!("{l} in [{r}, 'b']")),
        text().prop_map(|key| format!("{key} in resource.tags")),
        (text(), text()).prop_map(|(l, r)| format!("{l}.startsWith({r})")),
        text().prop_map(|r| format!("(has(resource.kms_key_id) && resource.kms_key_id == {r})")),
        text().prop_map(|r| format!("(!has(resource.tags.a) || resource.tags.a.contains({r}))")),
        text().prop_map(|r| format!("('b' in resource.tags ? resource.tags['b'] == {r} : false)")),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l} && {r})")),
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l} || {r})")),
            inner.clone().prop_map(|one| format!("!({one})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")),
            (inner.clone(), number(), any::<u64>())
                .prop_map(|(i, n, x)| format!("[1, 2, {n}].all(v{x}, v{x} > 0 || {i})")),
            (inner.clone(), number(), any::<u64>())
                .prop_map(|(i, n, x)| format!("[1, 2, {n}].exists(v{x}, v{x} < 0 && {i})")),
        ]
    })
    .boxed()
}

fn estate(schema: &Arc<Schema>, attributes: Json) -> Estate {
    let snapshot = Snapshot {
        version: SNAPSHOT_VERSION,
        collected_at: jiff::Timestamp::UNIX_EPOCH,
        accounts: vec![CollectedAccount { account: ACCOUNT.into(), regions: vec![REGION.into()] }],
        lists: vec![List { kind: KIND.into(), account: ACCOUNT.into(), region: REGION.into(), gaps: vec![] }],
        resources: vec![Resource {
            kind: KIND.into(),
            account: ACCOUNT.into(),
            region: REGION.into(),
            id: "db".into(),
            name: "db".into(),
            attributes: Attributes::from(attributes.as_object().unwrap().clone()),
        }],
        gaps: vec![],
        reports: vec![],
    };
    Estate::new(schema, &snapshot).unwrap()
}

fn ours(schema: &Arc<Schema>, source: &str, attributes: Json) -> Value {
    let subject = Subject { schema, kind: schema.kind(KIND).unwrap() };
    let environment = Environment { subject: Some(subject), params: &BTreeMap::new(), variables: &[] };
    let (expression, _) =
        check(source, &environment, Some(&Type::Bool)).unwrap_or_else(|error| panic!("{source}: {error}"));
    let estate = estate(schema, attributes);
    let company = Company::default().declared(schema);
    let moment =
        Moment { estate: &estate, subject: 0, now: jiff::Timestamp::UNIX_EPOCH, company: &company, variables: &[] };
    let value = evaluate(&expression, &moment);
    assert_eq!(trace(&expression, &moment).value, value, "a traced evaluation gives the same value: {source}");
    value
}

fn oracle(source: &str, facts: &Facts) -> bool {
    let mut resource = facts.attributes();
    if facts.key.is_none() {
        resource.as_object_mut().unwrap().remove("kms_key_id");
    }
    let program = cel::Program::compile(source).unwrap();
    let mut context = cel::Context::default();
    context.add_variable("resource", whole_numbers(&resource)).unwrap();
    match program.execute(&context) {
        Ok(cel::Value::Bool(truth)) => truth,
        other => panic!("{source}: {other:?}"),
    }
}

/// CEL reads JSON numbers that are not negative as unsigned, which mix with nothing.
fn whole_numbers(json: &Json) -> cel::Value {
    match json {
        Json::Number(number) => cel::Value::Int(number.as_i64().unwrap()),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.clone().into(), whole_numbers(value)));
            cel::Value::Map(cel::objects::Map { map: Arc::new(entries.collect()) })
        }
        other => cel::to_value(other).unwrap(),
    }
}

const ATTRIBUTES: [&str; 6] =
    ["storage_encrypted", "multi_az", "backup_retention_period", "engine", "kms_key_id", "tags"];

fn with_unknown(mut attributes: Json, hidden: &[&str]) -> Json {
    for name in hidden {
        attributes[*name] = json!({ UNKNOWN_KEY: {
            "operation": "rds:DescribeDBInstances", "account": ACCOUNT, "region": REGION,
            "resource": name, "error_class": "access_denied",
        }});
    }
    attributes
}

/// Many cases in the long trials, some in every test run.
#[expect(clippy::disallowed_methods, reason = "the size of a test run is the runner's to say")]
fn cases() -> u32 {
    if std::env::var_os("TRACKERA_TRIALS").is_some() { 20_000 } else { 300 }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn known_facts_mean_what_cel_means(source in truth(), facts in facts()) {
        let schema = Arc::new(Schema::new().unwrap());
        prop_assert_eq!(ours(&schema, &source, facts.attributes()), Value::Bool(oracle(&source, &facts)), "{}", source);
    }

    /// Whatever the hidden facts are, an answer that is given without them is the right one.
    #[test]
    fn an_answer_without_all_facts_holds_for_all_of_them(
        source in truth(),
        seen in facts(),
        hidden in prop::sample::subsequence(ATTRIBUTES.to_vec(), 1..4),
        candidates in prop::collection::vec(facts(), 4),
    ) {
        let schema = Arc::new(Schema::new().unwrap());
        match ours(&schema, &source, with_unknown(seen.attributes(), &hidden)) {
            Value::Bool(answer) => {
                for candidate in candidates {
                    let mut attributes = seen.attributes();
                    for name in &hidden {
                        attributes[*name] = candidate.attributes()[*name].clone();
                    }
                    prop_assert_eq!(ours(&schema, &source, attributes), Value::Bool(answer), "{}", source);
                }
            }
            Value::Unknown(unknown) => {
                let named: Vec<&str> = unknown.gaps().iter().filter_map(|gap| gap.resource.as_deref()).collect();
                prop_assert!(named.iter().all(|name| hidden.contains(name)), "{} blames {:?}", source, named);
            }
            other => prop_assert!(false, "{} gave {:?}", source, other),
        }
    }
}
