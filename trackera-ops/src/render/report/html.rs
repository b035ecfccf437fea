//! The report as one page for reading, printing and keeping: no script, nothing to load, nothing that a name could do.
//!
//! The worst comes first. Colour only repeats what words say. What is not open now can be unfolded, and is unfolded on
//! paper.

use serde_json::Value as Json;
use trackera_core::verdict::{Row, Verdict};

use super::markup::{Element, element};
use super::{Checked, Finding, WHOLE, controls, tally, words};
use crate::exit_codes::ExitCode;
use crate::render::coverage::{advices, grouped};
use crate::render::escape::{NAME, SENTENCE, short};
use crate::render::look::{counted, moment};
use crate::render::waivers;

const STYLE: &str = include_str!("html.css");
/// Nothing is loaded, run or sent; the one style sheet is known by its digest.
const SECURITY: &str = "default-src 'none'; style-src 'sha256-JcZc6ZwHgL/pVD3Lr3+2Bzdj2YJ83+p0yJUaJAi+LSs='; base-uri 'none'; form-action 'none'";

pub(super) fn report(checked: &Checked<'_>) -> String {
    let sections = sections(checked);
    let title = format!("Trackera Ops: {} ({})", checked.outcome(), moment(checked.report.checked_at));
    let body = element("body")
        .child(element("a").with("class", "skip").with("href", "#results").text("Skip to the results"))
        .child(header(checked))
        .child(navigation(&sections))
        .child(element("main").with("id", "results").children(sections.into_iter().map(Section::element)))
        .child(footer(checked));
    let mut text = "<!doctype html>\n".to_owned();
    element("html").with("lang", "en").child(head(&title)).child(body).write(&mut text);
    text.push('\n');
    text
}

fn head(title: &str) -> Element {
    let meta = |name: &'static str, content: &str| element("meta").with("name", name).with("content", content);
    element("head")
        .child(element("meta").with("charset", "utf-8"))
        .child(element("meta").with("http-equiv", "Content-Security-Policy").with("content", SECURITY))
        .child(meta("viewport", "width=device-width, initial-scale=1"))
        .child(meta("color-scheme", "light dark"))
        .child(meta("referrer", "no-referrer"))
        .child(meta("robots", "noindex"))
        .child(element("title").text(title))
        .child(element("style").style(STYLE))
}

fn header(checked: &Checked<'_>) -> Element {
    let report = &checked.report;
    let class = match checked.code {
        ExitCode::Good => "pass",
        ExitCode::Failed => "fail",
        _ => "unknown",
    };
    let time = element("time").with("datetime", report.checked_at.to_string()).text(moment(report.checked_at));
    let counts = format!(", {}, exit code {}", counted(report.summary.policies, "policy"), checked.code.number());
    let header = element("header")
        .child(quiet("Trackera Ops, report of a check"))
        .child(element("h1").with("class", class).text(sentence_case(checked.outcome())))
        .child(element("p").child(time).text(counts));
    let baseline = checked.comparison.map(|comparison| {
        quiet(&format!("Compared with the report of {}: this page shows what changed.", moment(comparison.checked_at)))
    });
    let left_out = checked.left_out().into_iter().map(|line| quiet(&format!("{}.", sentence_case(&line))));
    header.children(baseline).children(left_out)
}

/// A part of the page, and its entry in the summary.
struct Section {
    id: &'static str,
    title: &'static str,
    count: usize,
    content: Element,
}

impl Section {
    fn element(self) -> Element {
        let title = format!("{}-title", self.id);
        let heading = element("h2").with("id", title.as_str()).text(format!("{} ({})", self.title, self.count));
        element("section").with("id", self.id).with("aria-labelledby", title).child(heading).child(self.content)
    }
}

/// The summary: how much there is of everything, and the way there.
fn navigation(sections: &[Section]) -> Element {
    let entry = |section: &Section| {
        let count = element("strong").text(section.count.to_string());
        let link = element("a").with("href", format!("#{}", section.id)).with("class", section.id);
        element("li").child(link.child(count).text(format!(" {}", section.title)))
    };
    element("nav").with("aria-label", "Summary").child(element("ul").children(sections.iter().map(entry)))
}

fn sections(checked: &Checked<'_>) -> Vec<Section> {
    let groups: Vec<_> = checked.groups().collect();
    let mut sections = vec![
        verdict_section("fail", "Failed", &groups, Verdict::Fail),
        verdict_section("unknown", "Could not be verified", &groups, Verdict::Unknown),
        verdict_section("waived", "Waived", &groups, Verdict::Waived),
    ];
    let gone: Vec<Finding<'_>> = checked.gone().collect();
    if !gone.is_empty() {
        let rows =
            gone.iter().map(|finding| element("li").child(element("ul").with("class", "rows").child(row(finding))));
        sections.push(Section { id: "gone", title: "Gone", count: gone.len(), content: cards("cards", rows) });
    }
    sections.push(kept(checked, &groups));
    sections.push(gaps(checked));
    if !checked.concerns.is_empty() {
        let lines = checked.concerns.iter().map(|concern| element("li").text(waivers::line(concern)));
        let count = checked.concerns.len();
        sections.push(Section { id: "waivers", title: "Waivers to look at", count, content: cards("cards", lines) });
    }
    sections
}

fn verdict_section(id: &'static str, title: &'static str, groups: &[Vec<Finding<'_>>], verdict: Verdict) -> Section {
    let of = |group: &Vec<Finding<'_>>| -> Vec<Element> {
        group.iter().filter(|finding| finding.row.verdict == verdict).map(row).collect()
    };
    let mut count = 0;
    let mut policies = Vec::new();
    for group in groups {
        let rows = of(group);
        count += rows.len();
        if let (Some(first), false) = (group.first(), rows.is_empty()) {
            policies.push(policy(first, rows));
        }
    }
    let content = if policies.is_empty() { quiet("None.") } else { cards("cards", policies) };
    Section { id, title, count, content }
}

/// One policy: what it says, how to mend it, and its rows.
fn policy(first: &Finding<'_>, rows: Vec<Element>) -> Element {
    let severity = first.row.severity.word();
    let heading = element("h3")
        .child(element("span").text(first.title()))
        .child(element("span").with("class", format!("badge {severity}")).text(format!("{severity} severity")));
    let id = element("p").with("class", "quiet").child(element("code").text(first.row.policy.as_ref()));
    let fix =
        first.policy.map(|policy| element("p").child(element("strong").text("Fix: ")).text(policy.fix.text.as_str()));
    let controls: Vec<String> = controls(&first.row).collect();
    let controls = (!controls.is_empty()).then(|| quiet(&format!("Covers {}.", controls.join(", "))));
    let item = element("li").child(heading).child(id).children(fix).children(controls);
    item.child(element("ul").with("class", "rows").children(rows))
}

fn row(finding: &Finding<'_>) -> Element {
    let row = &finding.row;
    let (class, word) = if finding.is_gone() { ("gone", "gone") } else { (row.verdict.word(), words(row.verdict)) };
    let note = finding.note().map(|note| element("span").with("class", "badge change").text(note));
    let policy = finding.is_gone().then(|| element("code").text(row.policy.as_ref()));
    let head = element("p")
        .child(element("span").with("class", format!("word {class}")).text(word))
        .children(policy)
        .child(resource(row))
        .child(element("span").with("class", "quiet").text(place(row)))
        .children(note);
    let item = element("li").child(head).child(element("p").child(element("bdi").text(row.reason.as_str())));
    item.children(compared(row))
}

fn resource(row: &Row) -> Element {
    let resource = &row.resource;
    if resource.id == WHOLE {
        return element("span").text(format!("every {}", resource.kind));
    }
    let id = element("bdi").child(element("code").text(short(&resource.id, NAME)));
    let has_name = !resource.name.is_empty() && resource.name != resource.id;
    let name = has_name.then(|| element("bdi").text(format!(" ({})", short(&resource.name, NAME))));
    element("span").child(id).children(name)
}

fn place(row: &Row) -> String {
    let of = |place: &str, all: &str| if place == WHOLE { all.to_owned() } else { place.to_owned() };
    let resource = &row.resource;
    format!("{}, account {}", of(&resource.region, "every region"), of(&resource.account, "every one"))
}

/// The values that were compared, folded away.
fn compared(row: &Row) -> Option<Element> {
    let pair = |what: &str, value: &Json| {
        let value = element("code").text(short(&value.to_string(), SENTENCE));
        [element("dt").child(element("code").text(what)), element("dd").child(value)]
    };
    let observed = row.observed.iter().flat_map(|(what, value)| pair(what, value));
    let offending = row.offending.iter().flat_map(|value| pair("broke the rule", value));
    let pairs: Vec<Element> = observed.chain(offending).collect();
    let summary = element("summary").text("What was compared");
    (!pairs.is_empty()).then(|| element("details").child(summary).child(element("dl").children(pairs)))
}

/// What holds or is not applicable: one folded line for each policy, and in it one line for each row.
fn kept(checked: &Checked<'_>, groups: &[Vec<Finding<'_>>]) -> Section {
    let is_kept = |finding: &&Finding<'_>| matches!(finding.row.verdict, Verdict::Pass | Verdict::NotApplicable);
    let policies = groups.iter().filter_map(|group| {
        let kept: Vec<&Finding<'_>> = group.iter().filter(is_kept).collect();
        let first = kept.first()?;
        let counts = element("span").with("class", "quiet").text(format!(" {}", tally(kept.iter().copied())));
        let summary = element("summary").text(first.title()).child(counts);
        let id = element("p").with("class", "quiet").child(element("code").text(first.row.policy.as_ref()));
        let rows = element("ul").with("class", "lines").children(kept.iter().map(|finding| kept_row(finding)));
        Some(element("li").child(element("details").child(summary).child(id).child(rows)))
    });
    let title = if checked.comparison.is_some() { "Mended" } else { "Kept or not applicable" };
    let count = checked.report.summary.pass + checked.report.summary.not_applicable;
    let content = if count == 0 { quiet("None.") } else { cards("cards kept", policies) };
    Section { id: "pass", title, count, content }
}

/// What was compared is left to the forms for programs: nobody reads it where all is well.
fn kept_row(finding: &Finding<'_>) -> Element {
    let row = &finding.row;
    if row.resource.id == WHOLE {
        return element("li").text(row.reason.as_str());
    }
    let word = element("span").with("class", format!("word {}", row.verdict.word())).text(words(row.verdict));
    let item = element("li").child(word).text(" ").child(resource(row));
    let note = finding.note().map(|note| element("span").with("class", "badge change").text(note));
    item.child(element("span").with("class", "quiet").text(format!(" {} ", place(row)))).children(note)
}

fn gaps(checked: &Checked<'_>) -> Section {
    let gaps = checked.report.gaps;
    let lines = grouped(gaps).into_iter().map(|[operation, class, place, resources]| {
        let about = if resources.is_empty() { String::new() } else { format!(", {resources}") };
        element("li").child(element("code").text(operation)).text(format!(" {class}, {place}{about}"))
    });
    let hints =
        advices(gaps).into_iter().map(|advice| element("li").child(element("strong").text("Hint: ")).text(advice));
    let content = if gaps.is_empty() { quiet("None.") } else { cards("cards", lines.chain(hints)) };
    Section { id: "gaps", title: "Facts that could not be read", count: gaps.len(), content }
}

fn footer(checked: &Checked<'_>) -> Element {
    let account = |account: &trackera_core::estate::CollectedAccount| {
        let regions =
            if account.regions.is_empty() { "global services only".to_owned() } else { account.regions.join(", ") };
        element("p").text(format!("Account {}: {regions}.", account.account))
    };
    let read = moment(checked.estate.collected_at);
    let version = env!("CARGO_PKG_VERSION");
    let line = format!("The estate was read at {read}. Written by trackera-ops {version}.");
    element("footer").child(element("p").text(line)).children(checked.estate.accounts().iter().map(account))
}

fn cards(class: &'static str, items: impl IntoIterator<Item = Element>) -> Element {
    element("ul").with("class", class).children(items)
}

fn quiet(text: &str) -> Element {
    element("p").with("class", "quiet").text(text)
}

fn sentence_case(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_security_policy_allows_this_style_sheet_and_no_other() {
        let digest = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
        assert!(SECURITY.contains(&format!("style-src 'sha256-{digest}';")), "the digest is now {digest}");
    }
}
