//! Conditions: whether they hold for a request of which only some facts are known.

use super::matches;
use crate::resource::Condition;

/// What is known about one condition key of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact<'a> {
    /// The request does not carry the key.
    Absent,
    /// It is true or false.
    Truth(bool),
    /// It is text.
    Text(&'a str),
}

/// The known facts of a request, by condition key in lower case; of any other key nothing is known.
pub type Facts<'a> = [(&'static str, Fact<'a>)];

const OPERATORS: &[&str] = &[
    "ArnEquals",
    "ArnLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "IpAddress",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
];

const NEGATED: &[&str] = &[
    "ArnNotEquals",
    "ArnNotLike",
    "DateNotEquals",
    "NotIpAddress",
    "NumericNotEquals",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

/// How an operator is put together: `ForAnyValue:StringNotLikeIfExists` is the negated `StringLike` with both additions.
pub(super) struct Operator {
    /// The positive operator.
    pub(super) base: &'static str,
    pub(super) is_negated: bool,
    pub(super) if_exists: bool,
    pub(super) set: Option<Set>,
}

/// Which values of a key with many have to match.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    Any,
    All,
}

impl Operator {
    /// Reads an operator; `None` for one that is not documented, of which nothing may be concluded.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (set, text) = match text.split_once(':') {
            Some(("ForAnyValue", text)) => (Some(Set::Any), text),
            Some(("ForAllValues", text)) => (Some(Set::All), text),
            Some(_) => return None,
            None => (None, text),
        };
        let (text, if_exists) = text.strip_suffix("IfExists").map_or((text, false), |text| (text, true));
        let is_negated = NEGATED.contains(&text);
        let positive = if is_negated { text.replacen("Not", "", 1) } else { text.to_owned() };
        let base = OPERATORS.iter().find(|known| **known == positive)?;
        Some(Self { base, is_negated, if_exists, set })
    }
}

/// Whether a condition holds; `None` when that depends on what is not known.
pub fn holds(condition: &Condition, facts: &Facts<'_>) -> Option<bool> {
    let (_, fact) = facts.iter().find(|(key, _)| condition.key.eq_ignore_ascii_case(key))?;
    if condition.operator == "Null" {
        return null(&condition.values, *fact == Fact::Absent);
    }
    let operator = Operator::parse(&condition.operator)?;
    let matched = match (*fact, operator.base) {
        (Fact::Absent, _) => return absent(&operator),
        (Fact::Truth(truth), "Bool") => among(&condition.values, |value| match value {
            "true" => Some(truth),
            "false" => Some(!truth),
            _ => None,
        }),
        (Fact::Text(text), base) => among(&condition.values, |value| compare(base, value, text)),
        (Fact::Truth(_), _) => None,
    };
    matched.map(|matched| matched != operator.is_negated)
}

/// `Null` is true of a key that the request does not carry.
fn null(values: &[String], is_absent: bool) -> Option<bool> {
    match values {
        [value] if value == "true" => Some(is_absent),
        [value] if value == "false" => Some(!is_absent),
        _ => None,
    }
}

fn absent(operator: &Operator) -> Option<bool> {
    match (operator.if_exists || operator.set == Some(Set::All), operator.is_negated, operator.set) {
        (true, _, _) => Some(true),
        (false, true, Some(_)) => None,
        (false, is_negated, _) => Some(is_negated),
    }
}

/// Whether any of the values matches; one that cannot be compared leaves the answer open unless another matches.
fn among(values: &[String], compare: impl Fn(&str) -> Option<bool>) -> Option<bool> {
    let compared: Vec<Option<bool>> = values.iter().map(|value| compare(value)).collect();
    match compared.contains(&Some(true)) {
        true => Some(true),
        false if compared.contains(&None) => None,
        false => Some(false),
    }
}

fn compare(base: &str, value: &str, text: &str) -> Option<bool> {
    if value.contains("${") {
        return None;
    }
    match base {
        "StringEquals" => Some(value == text),
        "StringEqualsIgnoreCase" => Some(value.eq_ignore_ascii_case(text)),
        "StringLike" => Some(matches(value, text)),
        "ArnEquals" | "ArnLike" => Some(matches_arn(value, text)),
        _ => None,
    }
}

/// In conditions, ARNs are compared part by part: no wildcard reaches beyond a colon.
fn matches_arn(pattern: &str, arn: &str) -> bool {
    let (pattern, arn): (Vec<&str>, Vec<&str>) = (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    pattern.len() == arn.len() && pattern.iter().zip(&arn).all(|(pattern, part)| matches(pattern, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(operator: &str, values: &[&str], fact: Fact<'_>) -> Option<bool> {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let condition = Condition { operator: operator.to_owned(), key: "AWS:Key".to_owned(), values };
        holds(&condition, &[("aws:key", fact)])
    }

    #[test]
    fn truths_are_compared_by_bool_alone() {
        let no = Fact::Truth(false);
        for operator in ["Bool", "BoolIfExists", "ForAnyValue:Bool", "ForAllValues:Bool"] {
            assert_eq!(ask(operator, &["false"], no), Some(true), "{operator}");
            assert_eq!(ask(operator, &["true"], no), Some(false), "{operator}");
            assert_eq!(ask(operator, &["true", "false"], no), Some(true), "{operator}");
        }
        assert_eq!(ask("StringEquals", &["false"], no), None, "the documentation does not say");
        assert_eq!(ask("Bool", &["False"], no), None, "the documentation does not say");
        assert_eq!(ask("bool", &["false"], no), None);
    }

    #[test]
    fn absence_is_what_if_exists_and_negations_are_for() {
        for (operator, truth) in [
            ("Bool", Some(false)),
            ("BoolIfExists", Some(true)),
            ("StringNotLike", Some(true)),
            ("StringLike", Some(false)),
            ("NotIpAddress", Some(true)),
            ("NumericLessThan", Some(false)),
            ("ForAllValues:StringEquals", Some(true)),
            ("ForAnyValue:StringEquals", Some(false)),
            ("ForAnyValue:StringNotEquals", None),
            ("NotBool", None),
            ("Sometimes", None),
        ] {
            assert_eq!(ask(operator, &["true"], Fact::Absent), truth, "{operator}");
        }
        assert_eq!(ask("Null", &["true"], Fact::Absent), Some(true));
        assert_eq!(ask("Null", &["false"], Fact::Absent), Some(false));
        assert_eq!(ask("Null", &["false"], Fact::Text("")), Some(true));
    }

    #[test]
    fn texts_and_arns_are_compared_as_iam_does() {
        let arn = Fact::Text("arn:aws:iam::1:role/team/x");
        assert_eq!(ask("ArnLike", &["arn:aws:iam::*:role/team/*"], arn), Some(true));
        assert_eq!(ask("ArnLike", &["arn:*:role/team/*"], arn), Some(false), "no wildcard reaches beyond a colon");
        assert_eq!(ask("StringLike", &["arn:*:role/team/*"], arn), Some(true));
        assert_eq!(ask("StringNotLike", &["arn:*"], arn), Some(false));
        assert_eq!(ask("StringEquals", &["arn:*"], arn), Some(false));
        assert_eq!(ask("StringEquals", &["a", "${aws:x}"], arn), None);
        assert_eq!(ask("StringNotEquals", &["a"], arn), Some(true));
    }

    #[test]
    fn of_other_keys_nothing_is_known() {
        let condition = Condition { operator: "Bool".into(), key: "aws:Other".into(), values: vec!["true".into()] };
        assert_eq!(holds(&condition, &[("aws:key", Fact::Truth(true))]), None);
    }
}
