//! What the checker accepts has a value of its type or is unknown, traced or not; what it refuses, it refuses in words.
#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use trackera_core::company::Company;
use trackera_core::language::{Environment, Expression, Moment, Subject, Template, Value, check, evaluate, trace};
use trackera_core::schema::{KindSchema, Type};
use trackera_fuzz::{COMPANY, ESTATE, NOW, SCHEMA};

const KIND: &str = "aws.ec2.security_group";

static PARAMS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    BTreeMap::from([
        ("number".to_owned(), Value::Int(3)),
        ("word".to_owned(), Value::text("known")),
        ("age".to_owned(), Value::text("90d")),
        ("words".to_owned(), Value::list(vec![Value::text("tcp/443"), Value::text("known")])),
    ])
});

fuzz_target!(|source: &str| {
    let kind = SCHEMA.kind(KIND).expect("the kind exists");
    let subject = Subject { schema: &SCHEMA, kind };
    let environment = Environment { subject: Some(subject), params: &PARAMS, variables: &[] };
    match check(source, &environment, None) {
        Ok((expression, _)) => {
            let is_condition = check(source, &environment, Some(&Type::Bool)).is_ok();
            everywhere(kind, |moment| same_traced_or_not(&expression, moment, is_condition));
        }
        Err(error) => {
            assert!(!error.message.is_empty(), "refused without a reason");
            assert!(source.is_char_boundary(error.span.start), "byte {} is no place in the text", error.span.start);
        }
    }
    if let Ok((template, _)) = Template::check(source, &environment) {
        everywhere(kind, |moment| drop(template.render(moment)));
    }
});

/// With the known and the unknown resource, for a company that declares much and one that declares nothing.
fn everywhere(kind: &KindSchema, look: impl Fn(&Moment<'_>)) {
    static COMPANIES: LazyLock<[Arc<[Value]>; 2]> =
        LazyLock::new(|| [COMPANY.declared(&SCHEMA), Company::default().declared(&SCHEMA)]);
    for &subject in ESTATE.of_kind(&kind.name) {
        for company in COMPANIES.iter() {
            look(&Moment { estate: &ESTATE, subject, now: NOW, company, variables: &[] });
        }
    }
}

fn same_traced_or_not(expression: &Expression, moment: &Moment<'_>, is_condition: bool) {
    let value = evaluate(expression, moment);
    if is_condition {
        assert!(matches!(value, Value::Bool(_) | Value::Unknown(_)), "a condition gave {value:?}");
    }
    let traced = trace(expression, moment);
    assert_eq!(traced.value, value, "a traced evaluation gives another value");
    let witness = traced.witness(expression);
    let name = |index: usize| ESTATE.entry(index).map_or_else(String::new, |entry| entry.id.to_string());
    for seen in witness.observed.values().chain(&witness.offending) {
        drop(seen.to_json(&name));
    }
    drop(traced.words(moment));
}
