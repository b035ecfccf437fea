//! Verdicts against the truth: every resource of a random estate is judged as its author declared it.
//!
//! The lab draws the estate from shapes whose authors said what is true of them by the meaning of AWS, without any of the
//! product's logic. A verdict that differs is a lie in one of the two; none may differ.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use trackera_tests::{Lab, full_trials, report, rows};

/// How many resources, and which draw of the dice.
const ESTATES: [(u32, u32); 3] = [(1_000, 7), (2_500, 11), (10_000, 23)];

#[test]
fn every_verdict_on_a_random_estate_is_true() {
    let count = if full_trials() { ESTATES.len() } else { 2 };
    for (scale, draw) in ESTATES.into_iter().take(count) {
        let lab = Lab::generated(scale, draw);
        let output = lab.ops(&["check", "--output", "json"]);
        let judgement = Judgement::of(&report(&output));
        let truth = lab.truth();
        let mut total = Score::default();
        for question in Question::all(&truth) {
            let score = judgement.score(&question);
            println!("trials: truth of {scale} resources, draw {draw}: {}: {score}", question.name);
            total.add(score);
        }
        println!("trials: truth of {scale} resources, draw {draw}: all: {total}");
        assert!(total.wrong.is_empty(), "{} wrong of {total}:\n{}", total.wrong.len(), total.wrong.join("\n"));
        assert!(total.count() > scale, "only {total}");
    }
}

/// A question that a policy answers, and the answers.
struct Question<'a> {
    name: &'a str,
    policy: &'a str,
    /// How the policy's one row for the account names a resource that fails.
    named: Option<&'a str>,
    /// Whether AWS rules one of the two answers out.
    is_one_sided: bool,
    answers: &'a [Value],
}

impl<'a> Question<'a> {
    fn all(truth: &'a Value) -> impl Iterator<Item = Self> {
        let asked = truth["questions"].as_object().unwrap().iter();
        asked.filter_map(|(name, about)| {
            Some(Self {
                name,
                policy: about["policy"].as_str()?,
                named: about.get("named").and_then(Value::as_str),
                is_one_sided: about.get("always").is_some(),
                answers: truth["answers"][name].as_array().unwrap(),
            })
        })
    }
}

fn text<'a>(answer: &'a Value, field: &str) -> &'a str {
    answer[field].as_str().unwrap_or_default()
}

/// What a report says: verdicts by policy, resource and region, and what the rows of accounts name.
struct Judgement {
    verdicts: BTreeMap<String, BTreeMap<(String, String), String>>,
    named: BTreeMap<String, BTreeSet<String>>,
}

impl Judgement {
    fn of(report: &Value) -> Self {
        let mut verdicts: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for row in rows(report) {
            verdicts.entry(row.policy).or_default().insert((row.id, row.region), row.verdict);
        }
        let mut named: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for row in report["verdicts"].as_array().unwrap() {
            let offending = row["offending"].as_array().into_iter().flatten().filter_map(Value::as_str);
            named.entry(text(row, "policy").to_owned()).or_default().extend(offending.map(str::to_owned));
        }
        Self { verdicts, named }
    }

    fn score(&self, question: &Question<'_>) -> Score {
        let mut score = Score::default();
        let rows = &self.verdicts[question.policy];
        for answer in question.answers {
            let (id, expected) = (text(answer, "id"), text(answer, "verdict"));
            let found = match question.named {
                Some(pattern) => self.found_by_name(question.policy, &pattern.replace("{id}", id)),
                None => found_by_row(rows, id, answer["region"].as_str()),
            };
            score.count_in(expected, found);
            if found != expected {
                let shape = text(answer, "shape");
                score.wrong.push(format!("{}: {id} ({shape}) is {expected}, not {found}", question.name));
            }
        }
        score.wrong.extend(unknown_rows(question, rows));
        let missing = !question.is_one_sided && (score.positives() == 0 || score.negatives == 0);
        score.wrong.extend(missing.then(|| format!("{} has no case of one kind: {score}", question.name)));
        score
    }

    fn found_by_name(&self, policy: &str, name: &str) -> &str {
        let is_known = self.verdicts[policy].values().all(|verdict| verdict == "pass" || verdict == "fail");
        match (is_known, self.named[policy].contains(name)) {
            (false, _) => "unknown",
            (true, true) => "fail",
            (true, false) => "pass",
        }
    }
}

/// The verdict of a resource's row; a resource of the whole account may stand under any region.
fn found_by_row<'a>(rows: &'a BTreeMap<(String, String), String>, id: &str, region: Option<&str>) -> &'a str {
    let of_id = rows.range((id.to_owned(), String::new())..).take_while(|((other, _), _)| other == id);
    let mut of_place = of_id.filter(|((_, place), _)| region.is_none_or(|region| region == place));
    of_place.next().map_or("without a row", |(_, verdict)| verdict)
}

/// Rows that say that something could not be judged, or are about what the truth does not know.
fn unknown_rows(question: &Question<'_>, rows: &BTreeMap<(String, String), String>) -> Vec<String> {
    let told: BTreeSet<&str> = question.answers.iter().map(|answer| text(answer, "id")).collect();
    let is_strange = |id: &str| question.named.is_none() && id != "*" && !told.contains(id);
    let odd = rows.iter().filter(|((id, _), verdict)| *verdict == "unknown" || is_strange(id));
    odd.map(|((id, region), verdict)| format!("{}: {id} of {region} is {verdict}", question.name)).collect()
}

/// How verdicts compare with the truth. Positive is what fails.
#[derive(Default)]
struct Score {
    true_positives: u32,
    false_positives: u32,
    false_negatives: u32,
    negatives: u32,
    not_applicable: u32,
    wrong: Vec<String>,
}

impl Score {
    fn count_in(&mut self, expected: &str, found: &str) {
        match (expected, found) {
            ("fail", "fail") => self.true_positives += 1,
            ("fail", _) => self.false_negatives += 1,
            (_, "fail") => self.false_positives += 1,
            _ => {}
        }
        self.negatives += u32::from(expected == "pass");
        self.not_applicable += u32::from(expected == "not_applicable");
    }

    fn add(&mut self, other: Self) {
        self.true_positives += other.true_positives;
        self.false_positives += other.false_positives;
        self.false_negatives += other.false_negatives;
        self.negatives += other.negatives;
        self.not_applicable += other.not_applicable;
        self.wrong.extend(other.wrong);
    }

    fn positives(&self) -> u32 {
        self.true_positives + self.false_negatives
    }

    fn count(&self) -> u32 {
        self.positives() + self.negatives + self.not_applicable
    }
}

impl fmt::Display for Score {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |of: u32| if of == 0 { 1.0 } else { f64::from(self.true_positives) / f64::from(of) };
        let precision = share(self.true_positives + self.false_positives);
        let recall = share(self.positives());
        write!(
            formatter,
            "{} fail, {} pass, {} not applicable; precision {precision:.3}, recall {recall:.3}",
            self.positives(),
            self.negatives,
            self.not_applicable
        )
    }
}
