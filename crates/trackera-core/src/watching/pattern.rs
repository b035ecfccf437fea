//! The pattern language of metric filters over JSON events (CloudWatch Logs User Guide, "Filter pattern syntax").

use serde_json::Value as Json;

use crate::identity::matches;

/// No pattern is longer than CloudWatch admits.
const MAX_LENGTH: usize = 1024;
/// Deeper than anybody writes, and shallow enough for any stack.
const MAX_DEPTH: usize = 32;

/// A pattern over JSON events.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern(Clause);

#[derive(Clone, Debug, PartialEq)]
enum Clause {
    All(Vec<Clause>),
    Any(Vec<Clause>),
    Test(Vec<Step>, Test),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Equal(String),
    NotEqual(String),
    Less(f64),
    LessOrEqual(f64),
    Greater(f64),
    GreaterOrEqual(f64),
    IsNull,
    IsTrue,
    IsFalse,
    Exists,
    NotExists,
}

impl Pattern {
    /// Reads a pattern; `None` for one that is not about JSON events, or that uses what is not understood, such as
    /// regular expressions.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
        let mut reader = Reader { rest: inner };
        let clause = reader.any(0)?;
        reader.rest.trim().is_empty().then_some(Self(clause))
    }

    /// Tells whether an event is counted.
    pub fn counts(&self, event: &Json) -> bool {
        self.0.holds(event)
    }
}

impl Clause {
    fn holds(&self, event: &Json) -> bool {
        match self {
            Self::All(clauses) => clauses.iter().all(|clause| clause.holds(event)),
            Self::Any(clauses) => clauses.iter().any(|clause| clause.holds(event)),
            Self::Test(path, test) => test.holds(find(event, path)),
        }
    }
}

fn find<'a>(event: &'a Json, path: &[Step]) -> Option<&'a Json> {
    path.iter().try_fold(event, |at, step| match step {
        Step::Key(key) => at.get(key),
        Step::Index(index) => at.get(index),
    })
}

impl Test {
    /// A field that is not there satisfies nothing but the question whether it is.
    fn holds(&self, found: Option<&Json>) -> bool {
        let Some(found) = found else { return *self == Self::NotExists };
        match self {
            Self::Equal(wanted) => equal(found, wanted),
            Self::NotEqual(wanted) => !equal(found, wanted),
            Self::Less(limit) => found.as_f64().is_some_and(|number| number < *limit),
            Self::LessOrEqual(limit) => found.as_f64().is_some_and(|number| number <= *limit),
            Self::Greater(limit) => found.as_f64().is_some_and(|number| number > *limit),
            Self::GreaterOrEqual(limit) => found.as_f64().is_some_and(|number| number >= *limit),
            Self::IsNull => found.is_null(),
            Self::IsTrue => *found == Json::Bool(true),
            Self::IsFalse => *found == Json::Bool(false),
            Self::Exists => true,
            Self::NotExists => false,
        }
    }
}

fn equal(found: &Json, wanted: &str) -> bool {
    match found {
        Json::String(text) => matches(&wanted.replace('?', "\u{0}"), &text.replace('?', "\u{0}")),
        Json::Number(number) => wanted.parse::<f64>().is_ok_and(|wanted| number.as_f64() == Some(wanted)),
        Json::Bool(truth) => wanted == truth.to_string(),
        Json::Null | Json::Array(_) | Json::Object(_) => false,
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn any(&mut self, depth: usize) -> Option<Clause> {
        let mut clauses = vec![self.all(depth)?];
        while self.take("||") {
            clauses.push(self.all(depth)?);
        }
        Some(Clause::Any(clauses))
    }

    fn all(&mut self, depth: usize) -> Option<Clause> {
        let mut clauses = vec![self.one(depth)?];
        while self.take("&&") {
            clauses.push(self.one(depth)?);
        }
        Some(Clause::All(clauses))
    }

    fn one(&mut self, depth: usize) -> Option<Clause> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.take("(") {
            let clause = self.any(depth + 1)?;
            return self.take(")").then_some(clause);
        }
        let path = self.path()?;
        Some(Clause::Test(path, self.test()?))
    }

    fn path(&mut self) -> Option<Vec<Step>> {
        if !self.take("$") {
            return None;
        }
        let mut path = Vec::new();
        loop {
            let after_dot = self.rest.strip_prefix('.');
            if let Some(bracketed) = after_dot.unwrap_or(self.rest).strip_prefix('[') {
                let (inside, rest) = bracketed.split_once(']')?;
                self.rest = rest;
                path.push(bracket(inside.trim())?);
            } else if let Some(named) = after_dot {
                let ends = |letter: char| !(letter.is_alphanumeric() || "_-:".contains(letter));
                let (key, rest) = named.split_at(named.find(ends).unwrap_or(named.len()));
                if key.is_empty() {
                    return None;
                }
                self.rest = rest;
                path.push(Step::Key(key.to_owned()));
            } else {
                return (!path.is_empty()).then_some(path);
            }
        }
    }

    fn test(&mut self) -> Option<Test> {
        if self.word("IS") {
            let tests = [("NULL", Test::IsNull), ("TRUE", Test::IsTrue), ("FALSE", Test::IsFalse)];
            return tests.into_iter().find(|(word, _)| self.word(word)).map(|(_, test)| test);
        }
        if self.word("NOT") {
            return self.word("EXISTS").then_some(Test::NotExists);
        }
        if self.word("EXISTS") {
            return Some(Test::Exists);
        }
        let operator = ["!=", "<=", ">=", "=", "<", ">"].into_iter().find(|operator| self.take(operator))?;
        let value = self.value()?;
        let number = || value.parse::<f64>().ok();
        match operator {
            "=" => Some(Test::Equal(value)),
            "!=" => Some(Test::NotEqual(value)),
            "<" => number().map(Test::Less),
            "<=" => number().map(Test::LessOrEqual),
            ">" => number().map(Test::Greater),
            _ => number().map(Test::GreaterOrEqual),
        }
    }

    fn word(&mut self, word: &str) -> bool {
        self.rest = self.rest.trim_start();
        let found = self.rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        let rest = self.rest.get(word.len()..).unwrap_or_default();
        let whole = !rest.starts_with(|letter: char| letter.is_alphanumeric());
        if found && whole {
            self.rest = rest;
        }
        found && whole
    }

    /// A value in quotation marks, or a bare word; a regular expression is not understood.
    fn value(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let (value, rest) = quoted.split_once('"')?;
            self.rest = rest;
            return Some(value.to_owned());
        }
        let ends = |letter: char| letter.is_whitespace() || "(){}&|".contains(letter);
        let (value, rest): (&'a str, &'a str) = self.rest.split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        self.rest = rest;
        (!value.is_empty() && !value.contains('%')).then(|| value.to_owned())
    }
}

fn bracket(inside: &str) -> Option<Step> {
    let quoted = ['\'', '"'].iter().find_map(|mark| inside.strip_prefix(*mark)?.strip_suffix(*mark));
    quoted.map(|key| Step::Key(key.to_owned())).or_else(|| inside.parse().ok().map(Step::Index))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn counts(pattern: &str) -> bool {
        let event = json!({
            "eventName": "StopLogging", "errorCode": "Client.UnauthorizedOperation", "count": 3, "on": true, "no": null,
            "userIdentity": {"type": "Root"}, "additionalEventData": {"MFAUsed": "No"}, "items": [{"id": "a"}],
        });
        Pattern::parse(pattern).unwrap().counts(&event)
    }

    #[test]
    fn clauses_count_in_any_order_and_form() {
        for pattern in [
            "{ $.eventName = StopLogging }",
            "{$.eventName=\"StopLogging\"}",
            "{ ($.eventName = DeleteTrail) || ($.eventName = StopLogging) }",
            "{ ($.additionalEventData.MFAUsed != \"Yes\") && ($.eventName = \"Stop*\") }",
            "{ (($.userIdentity.type = Root)) && $.userIdentity.invokedBy NOT EXISTS && $.eventType not exists }",
            "{ $.errorCode = \"*UnauthorizedOperation\" }",
            "{ $.count >= 3 && $.count < 4 && $.on IS TRUE && $.no IS NULL }",
            "{ $.items[0].id = a && $['eventName'] = StopLogging }",
        ] {
            assert!(counts(pattern), "{pattern}");
        }
    }

    #[test]
    fn what_does_not_match_is_not_counted() {
        for pattern in [
            "{ $.eventName = Stop }",
            "{ ($.eventName = StopLogging) && ($.userIdentity.type = IAMUser) }",
            "{ $.absent != \"x\" }",
            "{ $.eventName = \"StopLoggin?\" }",
            "{ $.count = 30 }",
        ] {
            assert!(!counts(pattern), "{pattern}");
        }
    }

    #[test]
    fn what_is_not_understood_is_no_pattern() {
        for pattern in
            ["", "ERROR", "{ }", "{ $.a = }", "{ $.a = %x% }", "{ ($.a = b }", "{ $.a = b } c", "[a, b]", "{ $ = a }"]
        {
            assert_eq!(Pattern::parse(pattern), None, "{pattern}");
        }
        let deep = format!("{{ {}$.a = b{} }}", "(".repeat(400), ")".repeat(400));
        assert_eq!(Pattern::parse(&deep), None);
    }
}
