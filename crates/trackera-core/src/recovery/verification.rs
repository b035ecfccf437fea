//! What a person declares that has to be true of a restored copy, what each check found, and the verdict on all of it.
//!
//! A check that could not run is never a pass, and checks that looked at no row of data prove no restore.

mod check;

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use check::Check;

/// What has to be true of a restored copy: the part `verify:` of a drill. What is not declared is not checked, and the
/// verdict says how much that leaves proven.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// Compare the content with the manifest that was made with the backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<ManifestRule>,
    /// Measure the recovery point from the row that the agent writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<HeartbeatRule>,
    /// Compare the shape of the database with a locked reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<StructureRule>,
    /// How many rows tables have at least.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowsRule>,
    /// Whether the copy is sound in itself.
    #[serde(default)]
    pub integrity: Integrity,
    /// Questions in SQL and the number that each has to give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invariants: Vec<Invariant>,
    /// Which roles and grants there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<RolesRule>,
    /// Rows that never change, by their digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
    /// Prove that the copy cannot reach out.
    #[serde(default)]
    pub isolation: bool,
    /// Erase again whom the copy forgot to have erased, and prove that nobody came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure: Option<ErasureRule>,
    /// Damage the copy on purpose every so often, and see the checks fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative_control: Option<NegativeControl>,
}

/// How content is compared with the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestRule {
    /// Tables whose content may differ, each with its reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Exclusion>,
}

/// A table that is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// The table as `schema.table`.
    pub table: String,
    /// Why its content may differ.
    pub reason: String,
}

/// How old the newest heartbeat in the copy may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeartbeatRule {
    /// The longest time between the last heartbeat in the copy and the moment of the loss, such as `26h`.
    pub rpa_under: String,
}

/// Which shape a copy has to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StructureRule {
    /// The file of the locked reference.
    pub reference: String,
    /// Objects that may differ, each with its reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<Ignored>,
}

/// An object that may differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ignored {
    /// The object as the check names it, such as `index app.tags_name_key`.
    pub object: String,
    /// Why it may differ.
    pub reason: String,
}

/// How many rows a table has at least.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowsRule {
    /// The table as `schema.table`.
    pub table: String,
    /// The least number of rows.
    #[serde(default)]
    pub min: u64,
    /// By how many percent it may have shrunk since the last drill that passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drop_under_percent: Option<u32>,
}

/// Whether a copy is sound in itself. Each of these is on unless it is switched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Integrity {
    /// Every reference finds its row.
    pub foreign_keys: bool,
    /// No constraint was added without checking the rows that were there.
    pub validated_constraints: bool,
    /// Every B-tree is in order and holds every row of its table; every table's pages make sense.
    pub indexes: bool,
    /// Pages carry checksums, and none fails.
    pub page_checksums: bool,
    /// No sequence stands before a number that is in use.
    pub sequences: bool,
    /// Text is sorted by the version of the collation that the indexes were built with.
    pub collation: bool,
    /// Every materialised view can be read.
    pub materialized_views: bool,
}

impl Default for Integrity {
    fn default() -> Self {
        Self {
            foreign_keys: true,
            validated_constraints: true,
            indexes: true,
            page_checksums: true,
            sequences: true,
            collation: true,
            materialized_views: true,
        }
    }
}

/// A question in SQL and the number that it has to give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invariant {
    /// What has to be so.
    pub name: String,
    /// One `SELECT` that gives one number; it runs in a transaction that cannot write.
    pub sql: String,
    /// The number.
    #[serde(default)]
    pub expect: i64,
}

/// Which roles and grants there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolesRule {
    /// Roles that have to exist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_exist: Vec<String>,
    /// The file of the locked reference whose grants have to be there, and no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<String>,
}

/// Rows that never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Canary {
    /// One ordered `SELECT`; it runs in a transaction that cannot write.
    pub sql: String,
    /// SHA-256 of its rows as text, each with a line feed at its end.
    pub sha256: String,
}

/// Where it stands who was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureRule {
    /// The file of the erasure ledger.
    pub ledger: String,
}

/// How often a copy is damaged on purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NegativeControl {
    /// Every how many runs.
    pub every: u32,
    /// What is done to the copy; all of it when nothing is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub damage: Vec<Damage>,
}

/// What can be done to a copy so that a check has to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Damage {
    /// One row is gone.
    DropRow,
    /// One row is there twice more: sums that cancel equal rows would not see it.
    DuplicateRow,
    /// One value is another one, in as many rows as before.
    ChangeValue,
    /// Two rows have exchanged one of their values.
    SwapValues,
}

impl Damage {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::DropRow, Self::DuplicateRow, Self::ChangeValue, Self::SwapValues];
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// It ran, and it is so.
    Pass,
    /// It ran, and it is not so.
    Fail,
    /// It could not run, or not to its end.
    NotRun,
    /// Nobody asked for it.
    NotConfigured,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckResult {
    /// The check.
    pub check: Check,
    /// What became of it.
    pub state: CheckState,
    /// One sentence of names and numbers, never a value of a row.
    pub said: String,
    /// The numbers, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, i64>,
}

impl CheckResult {
    /// A result without figures.
    pub fn new(check: Check, state: CheckState, said: impl Into<String>) -> Self {
        Self { check, state, said: said.into(), figures: BTreeMap::new() }
    }

    /// The same with a number that it saw.
    #[must_use]
    pub fn figure(mut self, name: &str, value: impl TryInto<i64>) -> Self {
        self.figures.insert(name.to_owned(), value.try_into().unwrap_or(i64::MAX));
        self
    }
}

const ROWS_FIGURE: &str = "rows of ";

/// The name of the figure under which the check of rows tells how many a table has.
pub fn rows_figure(table: &str) -> String {
    format!("{ROWS_FIGURE}{table}")
}

/// How many rows the tables of a finished verification had, as far as rules named them.
pub fn counted_rows(results: &[CheckResult]) -> BTreeMap<String, u64> {
    let figures = results.iter().filter(|result| result.check == Check::Rows).flat_map(|result| &result.figures);
    let counted =
        figures.filter_map(|(name, rows)| Some((name.strip_prefix(ROWS_FIGURE)?, u64::try_from(*rows).ok()?)));
    counted.map(|(table, rows)| (table.to_owned(), rows)).collect()
}

/// What a drill proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The copy holds exactly what was backed up, and everything else that was asked for is so.
    Pass,
    /// Something is not so.
    Fail,
    /// Something could not be seen, or nothing was looked at that would prove a restore.
    CouldNotVerify,
    /// What was asked for is so, and it is less than an exact comparison.
    Partial(Tier),
}

/// How much a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Some rows or objects were looked at: counts, the heartbeat, a canary, a part of a bucket.
    Sampled,
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass => write!(out, "pass"),
            Self::Fail => write!(out, "fail"),
            Self::CouldNotVerify => write!(out, "could not verify"),
            Self::Partial(Tier::Sampled) => write!(out, "partial (sampled)"),
        }
    }
}

/// Judges what all checks found. A fail beats what could not run, and that beats every pass.
pub fn judge(results: &[CheckResult]) -> Verdict {
    let any = |state: CheckState| results.iter().any(|result| result.state == state);
    let passed = |check: Check| results.iter().any(|one| one.check == check && one.state == CheckState::Pass);
    if any(CheckState::Fail) {
        return Verdict::Fail;
    }
    let proven = Check::ALL.iter().any(|check| check.proves_data() && passed(*check));
    if any(CheckState::NotRun) || !passed(Check::Content) || !proven {
        return Verdict::CouldNotVerify;
    }
    let is_exact = passed(Check::Manifest) || passed(Check::Coverage);
    if is_exact { Verdict::Pass } else { Verdict::Partial(Tier::Sampled) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(states: &[(Check, CheckState)]) -> Vec<CheckResult> {
        states.iter().map(|(check, state)| CheckResult::new(*check, *state, "")).collect()
    }

    #[test]
    fn a_pass_needs_an_exact_comparison_and_nothing_against_it() {
        use CheckState::{Fail, NotConfigured, NotRun, Pass};
        let cases = [
            (vec![(Check::Content, Pass), (Check::Manifest, Pass), (Check::Roles, NotConfigured)], Verdict::Pass),
            (vec![(Check::Content, Pass), (Check::Manifest, Pass), (Check::Roles, NotRun)], Verdict::CouldNotVerify),
            (vec![(Check::Content, Pass), (Check::Manifest, Pass), (Check::Roles, Fail)], Verdict::Fail),
            (vec![(Check::Content, Pass), (Check::Manifest, NotRun), (Check::Roles, Fail)], Verdict::Fail),
            (vec![(Check::Content, Pass), (Check::Rows, Pass)], Verdict::Partial(Tier::Sampled)),
            (vec![(Check::Content, Pass), (Check::Checksums, Pass)], Verdict::Partial(Tier::Sampled)),
            (vec![(Check::Content, Pass), (Check::Checksums, Pass), (Check::Coverage, Pass)], Verdict::Pass),
            (vec![(Check::Content, Pass), (Check::Coverage, Pass)], Verdict::CouldNotVerify),
        ];
        for (states, want) in cases {
            assert_eq!(judge(&results(&states)), want, "{states:?}");
        }
    }

    #[test]
    fn a_run_in_which_nothing_looked_at_data_is_never_a_pass() {
        let vacuous = [Check::Structure, Check::ForeignKeys, Check::Indexes, Check::Invariants, Check::Erasure];
        let mut states: Vec<_> = vacuous.map(|check| (check, CheckState::Pass)).to_vec();
        assert_eq!(judge(&results(&states)), Verdict::CouldNotVerify);
        states.push((Check::Content, CheckState::Pass));
        assert_eq!(judge(&results(&states)), Verdict::CouldNotVerify);
        assert_eq!(judge(&[]), Verdict::CouldNotVerify);
    }

    #[test]
    fn rows_are_told_by_the_check_of_rows_alone() {
        let told = CheckResult::new(Check::Rows, CheckState::Pass, "").figure("wrong", 0);
        let told = told.figure(&rows_figure("app.a"), 7_u64).figure(&rows_figure("app.b"), 0_u64);
        let other = CheckResult::new(Check::Manifest, CheckState::Pass, "").figure(&rows_figure("app.c"), 3_u64);
        let wanted = BTreeMap::from([("app.a".to_owned(), 7), ("app.b".to_owned(), 0)]);
        assert_eq!(counted_rows(&[other, told]), wanted);
    }

    #[test]
    fn an_unknown_word_of_a_declaration_is_refused() {
        assert!(serde_json::from_str::<Declared>(r#"{"manifest":{},"integrity":{"indexes":false}}"#).is_ok());
        for text in [r#"{"manifests":{}}"#, r#"{"rows":[{"table":"a.b","minimum":1}]}"#] {
            assert!(serde_json::from_str::<Declared>(text).is_err(), "{text}");
        }
    }
}
