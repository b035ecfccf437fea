//! How each policy stands now. A look at a part, which an event asked for, changes findings long before the next look at
//! the whole: what is wrong is told by the findings, what is in order by the last whole look.

use std::collections::BTreeMap;

use trackera_core::verdict::Verdict;
use trackera_watch::findings::Finding;

use super::view::{Counts, View};

/// How the policies stand that anything is known of, by their ids.
pub(super) fn standing(view: &View) -> BTreeMap<&str, Counts> {
    let seen =
        view.coverage.iter().map(|(policy, counts)| (policy.as_str(), Counts { fail: 0, unknown: 0, ..*counts }));
    let mut standing: BTreeMap<&str, Counts> = seen.collect();
    for (key, finding) in view.state.findings.iter() {
        let Some(verdict) = wrong(finding) else { continue };
        let counts = standing.entry(&key.policy).or_default();
        let count = if verdict == Verdict::Fail { &mut counts.fail } else { &mut counts.unknown };
        *count = count.saturating_add(1);
    }
    standing
}

/// What is wrong at the moment; what could not be verified is no pass either, long before it is a finding.
fn wrong(finding: &Finding) -> Option<Verdict> {
    let open = finding.open_since().and(finding.seen.as_ref()).map(|seen| seen.verdict);
    open.or_else(|| finding.doubted_at.map(|_| Verdict::Unknown))
}
