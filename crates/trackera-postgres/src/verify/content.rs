//! Content: that there are rows at all, that they are what was backed up, that no table is too small.

use trackera_core::recovery::erasure::TableName;
use trackera_core::recovery::manifest::{Difference, Manifest};
use trackera_core::recovery::verification::{Check, CheckResult, CheckState, ManifestRule, RowsRule, rows_figure};

use super::{VerifyPlan, listed, not_configured, not_run};
use crate::trouble::Trouble;

/// The three checks that share one reading of the whole copy.
pub(super) fn all(plan: &VerifyPlan<'_>, found: &Result<Manifest, Trouble>) -> Vec<CheckResult> {
    match found {
        Ok(found) => vec![content(found), manifest(plan, found), rows(plan, found)],
        Err(trouble) => {
            let why = trouble.to_string();
            let declared = plan.declared;
            let or_not = |check, wanted| if wanted { not_run(check, why.clone()) } else { not_configured(check) };
            vec![
                not_run(Check::Content, why.clone()),
                or_not(Check::Manifest, declared.manifest.is_some()),
                or_not(Check::Rows, !declared.rows.is_empty()),
            ]
        }
    }
}

fn content(found: &Manifest) -> CheckResult {
    let rows = found.rows();
    let said = format!("{rows} rows in {} tables", found.tables.len());
    let state = if rows > 0 { CheckState::Pass } else { CheckState::Fail };
    CheckResult::new(Check::Content, state, said).figure("rows", rows).figure("tables", found.tables.len())
}

fn manifest(plan: &VerifyPlan<'_>, found: &Manifest) -> CheckResult {
    let Some(rule) = &plan.declared.manifest else { return not_configured(Check::Manifest) };
    let Some(expected) = plan.manifest else { return not_run(Check::Manifest, "there is no manifest of this backup") };
    let differences = expected.differences(found);
    if let Some(Difference::Incomparable(why)) = differences.first() {
        return not_run(Check::Manifest, why.clone());
    }
    let (excluded, wrong): (Vec<_>, Vec<_>) = differences.iter().partition(|difference| excludes(rule, difference));
    let wrong: Vec<_> = wrong.iter().map(ToString::to_string).collect();
    let result = listed(Check::Manifest, expected.tables.len(), &wrong, "tables hold exactly what was backed up");
    result.figure("rows", found.rows()).figure("excluded", excluded.len())
}

fn excludes(rule: &ManifestRule, difference: &Difference) -> bool {
    let named = |table: &TableName| rule.exclude.iter().any(|exclusion| exclusion.table == table.to_string());
    match difference {
        Difference::Rows { table, .. } | Difference::Values { table, .. } => named(table),
        Difference::Incomparable(_)
        | Difference::TableMissing(_)
        | Difference::TableAdded(_)
        | Difference::Columns(_)
        | Difference::SequenceMissing(_)
        | Difference::SequenceBehind { .. }
        | Difference::LargeObjects => false,
    }
}

fn rows(plan: &VerifyPlan<'_>, found: &Manifest) -> CheckResult {
    let rules = &plan.declared.rows;
    if rules.is_empty() {
        return not_configured(Check::Rows);
    }
    // A floor of nothing is a floor that an empty copy holds.
    if rules.iter().all(|rule| rule.min == 0 && previous(plan, rule).is_none()) {
        return not_run(Check::Rows, "no rule has a floor, and no earlier drill to compare with");
    }
    let wrong: Vec<_> = rules.iter().filter_map(|rule| too_few(plan, rule, found)).collect();
    let result = listed(Check::Rows, rules.len(), &wrong, "tables have the rows that they should");
    let counted = rules.iter().filter_map(|rule| Some((rule, counted(rule, found)?)));
    counted.fold(result, |result, (rule, rows)| result.figure(&rows_figure(&rule.table), rows))
}

fn previous(plan: &VerifyPlan<'_>, rule: &RowsRule) -> Option<u64> {
    rule.drop_under_percent.and_then(|_| plan.previous_rows.get(&rule.table).copied())
}

/// How many rows the table of a rule has; none where it is missing.
fn counted(rule: &RowsRule, found: &Manifest) -> Option<u64> {
    let table = found.tables.iter().find(|table| table.name.to_string() == rule.table);
    table.map(|table| table.content.rows)
}

fn too_few(plan: &VerifyPlan<'_>, rule: &RowsRule, found: &Manifest) -> Option<String> {
    let table = &rule.table;
    let Some(rows) = counted(rule, found) else { return Some(format!("the table {table} is missing")) };
    if rows < rule.min {
        return Some(format!("the table {table} has {rows} rows, fewer than {}", rule.min));
    }
    let (before, percent) = (previous(plan, rule)?, u64::from(rule.drop_under_percent?));
    let lost = before.saturating_sub(rows);
    let too_many = u128::from(lost) * 100 >= u128::from(before) * u128::from(percent) && lost > 0;
    too_many.then(|| format!("the table {table} has {rows} rows, {before} before: a drop of {percent} % or more"))
}
