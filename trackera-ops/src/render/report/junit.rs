//! The report as JUnit XML: a suite for each policy and a case for each row.
//!
//! A rule that is broken is a failure, one that could not be verified an error, and so is every fact that could not be
//! read: no CI system shows green over a gap. What is waived or not applicable is skipped.

use jiff::Timestamp;
use trackera_core::resource::Gap;
use trackera_core::verdict::Verdict;

use super::markup::{Element, element};
use super::{Checked, Finding, WHOLE, controls};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
/// The suite of the facts that could not be read; no policy id holds a blank.
const GAPS: &str = "facts that could not be read";

pub(super) fn report(checked: &Checked<'_>) -> String {
    let at = checked.report.checked_at;
    let mut suites: Vec<Suite> = checked.groups().map(|group| suite(&group)).collect();
    let gone = checked.gone().map(|finding| case(&finding)).collect::<Vec<_>>();
    if !gone.is_empty() {
        suites.push(Suite { name: "gone since the baseline".to_owned(), properties: Vec::new(), cases: gone });
    }
    if !checked.report.gaps.is_empty() {
        let cases = checked.report.gaps.iter().map(gap).collect();
        suites.push(Suite { name: GAPS.to_owned(), properties: Vec::new(), cases });
    }
    let suites = suites.into_iter().enumerate().map(|(index, suite)| suite.element(index, at));
    let mut text = HEAD.to_owned();
    element("testsuites").children(suites).write(&mut text);
    text.push('\n');
    text
}

struct Suite {
    name: String,
    properties: Vec<(&'static str, String)>,
    cases: Vec<Case>,
}

/// How a case ended, for the counts, and its element.
struct Case {
    end: End,
    element: Element,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Passed,
    Failed,
    Errored,
    Skipped,
}

impl Suite {
    fn element(self, index: usize, at: Timestamp) -> Element {
        let count = |end: End| self.cases.iter().filter(|case| case.end == end).count().to_string();
        let property = |(name, value): (&str, String)| element("property").with("name", name).with("value", value);
        let suite = element("testsuite")
            .with("name", self.name.clone())
            .with("package", "trackera-ops")
            .with("id", index.to_string())
            .with("timestamp", at.strftime("%Y-%m-%dT%H:%M:%S").to_string())
            .with("hostname", "localhost")
            .with("tests", self.cases.len().to_string())
            .with("failures", count(End::Failed))
            .with("errors", count(End::Errored))
            .with("skipped", count(End::Skipped))
            .with("time", "0")
            .child(element("properties").children(self.properties.into_iter().map(property)));
        let suite = suite.children(self.cases.into_iter().map(|case| case.element));
        suite.child(element("system-out")).child(element("system-err"))
    }
}

fn suite(group: &[Finding<'_>]) -> Suite {
    let first = group.first();
    let properties = first.into_iter().flat_map(|first| {
        let title = ("title", first.title().to_owned());
        let severity = ("severity", first.row.severity.word().to_owned());
        [title, severity].into_iter().chain(controls(&first.row).map(|control| ("control", control)))
    });
    Suite {
        name: first.map(|first| first.row.policy.to_string()).unwrap_or_default(),
        properties: properties.collect(),
        cases: group.iter().map(case).collect(),
    }
}

fn case(finding: &Finding<'_>) -> Case {
    let row = &finding.row;
    let resource = &row.resource;
    let which = if resource.id == WHOLE { "every" } else { resource.id.as_str() };
    let name = if resource.name.is_empty() || resource.name == resource.id {
        format!("{} {which}", resource.kind)
    } else {
        format!("{} {which} ({})", resource.kind, resource.name)
    };
    let name = format!("{name} in {} of {}", resource.region, resource.account);
    let reason = finding.note().map_or_else(|| row.reason.clone(), |note| format!("{note}: {}", row.reason));
    let (end, tag) = match row.verdict {
        _ if finding.is_gone() => (End::Skipped, Some("skipped")),
        Verdict::Pass => (End::Passed, None),
        Verdict::Fail => (End::Failed, Some("failure")),
        Verdict::Unknown => (End::Errored, Some("error")),
        Verdict::Waived | Verdict::NotApplicable => (End::Skipped, Some("skipped")),
    };
    let outcome = tag.map(|tag| {
        let outcome = element(tag).with("message", reason.as_str());
        if end == End::Skipped { outcome } else { outcome.with("type", row.severity.word()).text(details(finding)) }
    });
    Case { end, element: test_case(&name, &row.policy).children(outcome) }
}

/// How to mend it, and what was compared.
fn details(finding: &Finding<'_>) -> String {
    let fix = finding.fix().map(|fix| format!("fix: {}", fix.trim_end_matches('.')));
    let observed = finding.row.observed.iter().map(|(what, value)| format!("{what} = {value}"));
    fix.into_iter().chain(observed).collect::<Vec<_>>().join("; ")
}

fn gap(gap: &Gap) -> Case {
    let about = gap.resource.as_deref().map(|resource| format!(" for {resource}")).unwrap_or_default();
    let name = format!("{}{about} in {} of {}", gap.operation, gap.region, gap.account);
    let error = element("error").with("message", gap.error_class.to_string()).with("type", "gap");
    Case { end: End::Errored, element: test_case(&name, GAPS).child(error) }
}

fn test_case(name: &str, class: &str) -> Element {
    element("testcase").with("name", name).with("classname", class).with("time", "0")
}
