//! Every mistake in an expression is found when it is loaded, with its place and the nearest valid word.

#![cfg(test)]

use std::collections::BTreeMap;

use trackera_core::language::{Environment, ExpressionError, Subject, Value, check};
use trackera_core::schema::{Schema, Type};

fn subject<'a>(schema: &'a Schema, kind: &str) -> Subject<'a> {
    Subject { schema, kind: schema.kind(kind).unwrap() }
}

fn mistake(kind: &str, source: &str) -> ExpressionError {
    let schema = Schema::new().unwrap();
    let params = BTreeMap::from([("limit".to_owned(), Value::Int(5)), ("age".to_owned(), Value::text("90d"))]);
    let environment = Environment { subject: Some(subject(&schema, kind)), params: &params, variables: &[] };
    match check(source, &environment, Some(&Type::Bool)) {
        Ok(_) => panic!("accepted: {source}"),
        Err(error) => error,
    }
}

#[track_caller]
fn refused(source: &str, at: &str, message: &str, hint: &str) {
    let error = mistake("aws.rds.db_instance", source);
    assert_eq!(error.message, message, "{source}");
    assert_eq!(error.hint.as_deref().unwrap_or_default(), hint, "{source}");
    assert!(source[error.span.start..].starts_with(at), "{source}: points at `{}`", &source[error.span.start..]);
}

#[test]
fn a_misspelt_word_is_named_with_its_neighbour() {
    refused(
        "resource.multi_as && true",
        "multi_as",
        "`aws.rds.db_instance` has no field `multi_as`",
        "did you mean `multi_az`?",
    );
    refused(
        "resource.vpc_security_groups.all(g, g.ingres == g.ingress)",
        "ingres ",
        "`aws.ec2.security_group` has no field `ingres`",
        "did you mean `ingress`?",
    );
    refused("resorce.multi_az", "resorce", "unknown name `resorce`", "did you mean `resource`?");
    refused("params.limt > 3", "limt", "the policy has no parameter `limt`", "did you mean `limit`?");
    refused(
        "agee(resource.instance_create_time) > duration('1d')",
        "agee",
        "unknown function `agee`",
        "did you mean `age`?",
    );
    refused(
        "startsWith(resource.id, 'x')",
        "startsWith",
        "unknown function `startsWith`",
        "write it `value.startsWith(...)`",
    );
    refused("company.admin.all(a, true)", "admin.all", "`company` has no field `admin`", "did you mean `admins`?");
}

#[test]
fn types_are_checked() {
    refused("resource.backup_retention_period >= '7'", "'7'", "an int cannot be compared with a string", "");
    refused("resource.engine", "resource.engine", "the expression is a string, but a bool is needed here", "");
    refused("resource.multi_az && 5", "5", "a bool is needed here, but this is an int", "");
    refused(
        "resource.engine.all(x, true)",
        "resource.engine.all",
        "`all` and `exists` need a list, but this is a string",
        "",
    );
    refused("5 in ['a']", "5", "an int is never in a list of string", "");
    refused("['a', 5] == []", "5", "a list of string cannot hold an int", "");
    refused(
        "internet_ports(resource) == []",
        "resource)",
        "`internet_ports` takes a resource of kind `aws.ec2.security_group`, but this is an aws.rds.db_instance",
        "",
    );
    refused("age(resource.arn) > duration('1d')", "resource.arn", "`age` takes a timestamp, but this is a string", "");
    refused("size(resource.tags, 1) > 1", "size", "`size` takes 1 argument, but 2 are given", "");
    refused(
        "resource.tags.exists(x, true)",
        "resource.tags.exists",
        "`all` and `exists` need a list, but this is a map(string, string)",
        "",
    );
}

#[test]
fn what_may_be_absent_must_be_guarded() {
    let hint =
        "guard it: `has(resource.latest_restorable_time) && ...`, or `!has(resource.latest_restorable_time) || ...`";
    let message = "`resource.latest_restorable_time` may be absent here";
    refused("age(resource.latest_restorable_time) < duration('1d')", "resource.latest", message, hint);
    refused(
        "has(resource.latest_restorable_time) || age(resource.latest_restorable_time) < duration('1d')",
        "resource.latest_restorable_time) <",
        message,
        hint,
    );
    refused(
        "has(resource.multi_az)",
        "has(",
        "`multi_az` is always present",
        "`has` is for values that may be absent; compare the value itself",
    );
}

#[test]
fn guards_are_understood_however_they_are_written() {
    let schema = Schema::new().unwrap();
    let environment = Environment {
        subject: Some(subject(&schema, "aws.rds.db_instance")),
        params: &BTreeMap::new(),
        variables: &[],
    };
    for source in [
        "has(resource.latest_restorable_time) && age(resource.latest_restorable_time) < duration('1d')",
        "!has(resource.latest_restorable_time) || age(resource.latest_restorable_time) < duration('1d')",
        "resource.latest_restorable_time != null && age(resource.latest_restorable_time) < duration('1d')",
        "resource.latest_restorable_time == null || age(resource.latest_restorable_time) < duration('1d')",
        "has(resource.latest_restorable_time) ? age(resource.latest_restorable_time) < duration('1d') : false",
        "!(!has(resource.latest_restorable_time) || age(resource.latest_restorable_time) > duration('1d'))",
        "'owner' in resource.tags && resource.tags.owner.startsWith('x')",
        "has(resource.tags.owner) && resource.tags['owner'].startsWith('x')",
        "resource.kms_key_id == 'x' && resource.kms_key_id.startsWith('x')",
        "resource.kms_key_id == 'x'",
    ] {
        check(source, &environment, Some(&Type::Bool)).unwrap_or_else(|error| panic!("{source}: {error}"));
    }
}

#[test]
fn only_documented_values_are_compared() {
    let error = mistake("aws.iam.access_key", "resource.status == 'active'");
    assert_eq!(error.message, "`active` is not among the values that are documented here");
    assert_eq!(error.hint.unwrap(), "did you mean `Active`?");
    let error = mistake("aws.iam.access_key", "resource.status in ['Active', 'Inactve']");
    assert_eq!(error.hint.unwrap(), "did you mean `Inactive`?");
}

#[test]
fn constants_are_parsed_when_the_policy_is_loaded() {
    let source = "age(resource.instance_create_time) > duration(params.limit)";
    assert!(mistake("aws.rds.db_instance", source).message.contains("may be absent"));
    refused(
        "now > timestamp('yesterday')",
        "'yesterday'",
        "`yesterday` is not a moment; write it like `2026-03-01T00:00:00Z`",
        "",
    );
    refused(
        "duration('3 months') > duration('1d')",
        "'3 months'",
        "`3 months` has no fixed length; write days instead of months or years",
        "",
    );
    refused("resource.id.matches('(')", "'('", "`(` is not a regular expression that can be used here", "");
    refused(
        "resource.id.matches(resource.name)",
        "resource.name",
        "`matches` needs text that is known when the policy is loaded",
        "write it out, or name a parameter: `params.name`",
    );
}

#[test]
fn syntax_errors_point_at_the_text() {
    refused("resource.multi_az = true", "= true", "unexpected `=`", "compare with `==`");
    refused("resource.multi_az &&", "", "the expression ends too early", "");
    refused("resource.multi_az )", ")", "unexpected `)`", "");
    refused("   ", "   ", "the expression is empty", "");
    refused(
        "resource.vpc_security_groups.map(g, g.id) == []",
        "(g, g.id)",
        "policies know the list macros `all` and `exists` only",
        "",
    );
    refused("1.5 > 1", "1.5", "policies know whole numbers, text, true, false and null only", "");
    refused(
        "resource.vpc_security_groups.all(now, true)",
        "(now",
        "the name `now` is taken",
        "choose another variable",
    );
}

#[test]
fn lists_that_are_written_out_cannot_multiply_without_end() {
    let nest = |levels: usize| {
        (0..levels)
            .fold("true".to_owned(), |body, level| format!("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(v{level}, {body})"))
    };
    assert!(mistake("aws.rds.db_instance", &nest(5)).message.contains("more than 10000 times"));
}

#[test]
fn an_error_inside_of_text_that_is_not_ascii_has_a_place() {
    for source in ["company.recovery_region !=霐", "'é' = 'é'", "é"] {
        let error = mistake("aws.region", source);
        assert!(source.get(error.span.clone()).is_some(), "{source}: {:?}", error.span);
    }
}

#[test]
fn nothing_that_is_written_can_crash_the_checker() {
    let deep = |open: &str, middle: &str, close: &str, count: usize| {
        format!("{}{middle}{}", open.repeat(count), close.repeat(count))
    };
    for count in [20, 40, 100, 1_000, 20_000] {
        for source in [
            deep("(", "true", ")", count),
            deep("!", "true", "", count),
            deep("-", "1", "", count),
            deep("[", "", "]", count),
            deep("true ? true : ", "true", "", count),
            deep("true && ", "true", "", count),
            deep("1 + ", "1", " == 1", count),
            deep("size(", "'a'", ")", count),
            deep("resource.vpc_security_groups.all(x, ", "true", ")", count),
            format!("resource{}", ".id".repeat(count)),
            format!("resource.tags{}", "['a']".repeat(count)),
            "'".repeat(count),
            "\u{1}".repeat(count),
            "é".repeat(count),
        ] {
            let schema = Schema::new().unwrap();
            let environment = Environment {
                subject: Some(subject(&schema, "aws.rds.db_instance")),
                params: &BTreeMap::new(),
                variables: &[],
            };
            // Whether it is accepted does not matter here; that there is an answer does.
            drop(check(&source, &environment, Some(&Type::Bool)));
        }
    }
}
