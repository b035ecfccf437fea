//! How far a look at the estate could see: where it looked, what it found, and what it could not read.

use std::collections::{BTreeMap, BTreeSet};

use trackera_core::estate::Estate;
use trackera_core::policy::PolicySet;
use trackera_core::resource::{ErrorClass, Gap};

use super::escape::name;
use super::look::{HARD_BLANK, Look, Tone, counted};

/// How many regions or resources are spelled out.
const SPELLED_OUT: usize = 2;

/// Where the check looked, and what it found there.
pub(crate) fn coverage(look: Look, set: &PolicySet, estate: &Estate) -> String {
    let mut text = format!("{}\n", look.paint(Tone::Strong, "Coverage"));
    let accounts = estate.accounts().iter().map(|account| {
        let regions: Vec<String> = account.regions.iter().map(|region| name(region)).collect();
        let regions = if regions.is_empty() { "global services only".to_owned() } else { regions.join(", ") };
        [format!("account {}", name(&account.account)), regions]
    });
    text.push_str(&look.columns(2, accounts.chain(resources(set, estate))));
    let demand = set.demand();
    let read = format!(
        "{} read by {}",
        counted(demand.kinds.len(), "kind"),
        counted(demand.operations.len(), "API operation")
    );
    text.push_str(&look.paragraph(2, &read));
    text
}

/// How many resources of each kind were seen, and which lists are not whole.
fn resources(set: &PolicySet, estate: &Estate) -> Vec<[String; 2]> {
    let (mut counts, mut broken, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    let demand = set.demand();
    for kind in &demand.kinds {
        let found = estate.of_kind(kind).len();
        let lists: Vec<bool> = estate.lists(kind).map(|(_, missing)| missing.is_some()).collect();
        let gaps = lists.iter().filter(|is_broken| **is_broken).count();
        // What is only read where something names it has no list when nothing does.
        let is_listed = demand.wants_whole(kind);
        let kind = name(kind);
        match (lists.len(), gaps) {
            (0, _) if !is_listed => {}
            (0, _) => missing.push(kind.clone()),
            (_, 0) => {}
            (all, gaps) => broken.push(format!("{kind}{HARD_BLANK}({gaps}{HARD_BLANK}of{HARD_BLANK}{all})")),
        }
        counts.push(format!("{kind}{HARD_BLANK}{found}"));
    }
    let rows = [("resources", counts), ("lists not whole", broken), ("not collected", missing)];
    let rows = rows.into_iter().filter(|(_, words)| !words.is_empty());
    rows.map(|(key, words)| [key.to_owned(), words.join(", ")]).collect()
}

/// What could not be read, grouped so that one refusal in many places is one row: operation, class, place, resources.
pub(crate) fn grouped(gaps: &[Gap]) -> Vec<[String; 4]> {
    let mut groups: BTreeMap<_, Vec<&Gap>> = BTreeMap::new();
    for gap in gaps {
        groups.entry((&gap.operation, gap.error_class, &gap.account)).or_default().push(gap);
    }
    let rows = groups.iter().map(|((operation, class, account), gaps)| {
        let regions = gaps.iter().map(|gap| gap.region.as_str()).collect();
        let resources = gaps.iter().filter_map(|gap| gap.resource.as_deref()).collect();
        let place = format!("{} of {}", listed(&regions, "region"), name(account));
        [name(operation), class.to_string(), place, listed(&resources, "resource")]
    });
    rows.collect()
}

/// The same for a terminal, with what to do about it.
pub(crate) fn gaps(look: Look, gaps: &[Gap]) -> String {
    let heading = format!("Gaps: {} could not be read", counted(gaps.len(), "fact"));
    let mut text = format!("{}\n{}", look.paint(Tone::Doubtful, &heading), look.columns(2, grouped(gaps)));
    let advice = advices(gaps).into_iter().map(|words| (Some(Tone::Strong), ["hint:".to_owned(), words.to_owned()]));
    text.push_str(&look.painted_columns(2, advice.collect()));
    text
}

/// What people can do about gaps, each thing once.
pub(crate) fn advices(gaps: &[Gap]) -> BTreeSet<&'static str> {
    gaps.iter().filter_map(|gap| advice(gap.error_class)).collect()
}

/// What a person can do about a gap.
fn advice(class: ErrorClass) -> Option<&'static str> {
    match class {
        ErrorClass::AccessDenied => Some("allow the reader what `trackera-ops policy permissions` prints"),
        ErrorClass::DeniedByServiceControlPolicy => {
            Some("a policy of the organisation forbids the call; only its administrators can allow it")
        }
        ErrorClass::InvalidCredentials => Some("log in, or name a profile with --profile or AWS_PROFILE"),
        ErrorClass::Throttled | ErrorClass::Timeout | ErrorClass::ServerError => {
            Some("try again later, or with more patience: --call-timeout and --tries")
        }
        ErrorClass::Connection => Some("look at the network, the region's health and the endpoint in use"),
        ErrorClass::RegionDisabled => Some("enable the region for the account, or leave it out of --regions"),
        ErrorClass::NotCollected => Some("collect the snapshot again, with these policies loaded"),
        ErrorClass::NotDeclared => Some("declare it in trackera.yaml"),
        ErrorClass::MalformedAnswer | ErrorClass::Disappeared | ErrorClass::Refused | ErrorClass::Stale => None,
    }
}

/// Few words as they are, many as a count: whoever needs them all reads the JSON.
pub(crate) fn listed(words: &BTreeSet<&str>, what: &str) -> String {
    if words.len() > SPELLED_OUT {
        return counted(words.len(), what);
    }
    words.iter().map(|word| name(word)).collect::<Vec<_>>().join(", ")
}
