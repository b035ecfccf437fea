//! Which regions there are, and which of them are looked at.

mod settings;

use std::collections::BTreeMap;

use trackera_core::estate::List;
use trackera_core::resource::{ErrorClass, Gap};

pub(crate) use self::settings::collect;
use crate::call::Place;
use crate::request::{Regions, Request};
use crate::session::Session;

/// The operation that lists regions.
pub(crate) const LIST: &str = "ec2:DescribeRegions";
const NOT_OPTED_IN: &str = "not-opted-in";
/// Stands for the regions that could not be told.
const UNTOLD: &str = "*";

/// What the account says of its regions.
pub(crate) type Answer = Option<Result<BTreeMap<String, String>, Gap>>;

/// Asks the account for its regions, those that are not enabled included; `None` when nobody needs them.
pub(crate) async fn ask(place: &Place<'_>, session: &Session, request: &Request) -> Answer {
    if !request.needs_enabled_regions() {
        return None;
    }
    let client = session.ec2(session.region());
    let answer = place.call(LIST, None, || client.describe_regions().all_regions(true).send()).await;
    let regions = answer.map_err(Gap::from).and_then(|answer| {
        let region = |region: aws_sdk_ec2::types::Region| Some((region.region_name?, region.opt_in_status?));
        let all = answer.regions.and_then(|regions| regions.into_iter().map(region).collect::<Option<_>>());
        all.ok_or_else(|| place.gap(LIST, None, ErrorClass::MalformedAnswer))
    });
    Some(regions.map_err(|gap| Gap { region: UNTOLD.to_owned(), ..gap }))
}

/// A region to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) name: String,
    /// How the account has enabled it; `None` when the account could not be asked.
    pub(crate) opt_in_status: Option<String>,
}

/// Every region to look at, and what is known of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) targets: Vec<Target>,
    /// Named regions that are not enabled.
    pub(crate) disabled: Vec<String>,
    /// Why there may be regions that nobody named.
    pub(crate) untold: Option<Gap>,
}

impl Plan {
    /// Decides where to look.
    pub(crate) fn new(request: &Request, answer: &Answer) -> Self {
        let mut plan = Self::default();
        let known = answer.as_ref().and_then(|answer| answer.as_ref().ok());
        let mut names = match &request.regions {
            Regions::Named(names) => names.clone(),
            Regions::Enabled => request.expected_regions.clone(),
        };
        if request.regions == Regions::Enabled {
            let enabled = known.into_iter().flatten().filter(|(_, status)| *status != NOT_OPTED_IN);
            names.extend(enabled.map(|(name, _)| name.clone()));
            plan.untold = answer.as_ref().and_then(|answer| answer.as_ref().err()).cloned();
        }
        names.sort();
        names.dedup();
        for name in names {
            match known.map(|known| known.get(&name).filter(|status| *status != NOT_OPTED_IN)) {
                Some(None) => plan.disabled.push(name),
                Some(Some(status)) => plan.targets.push(Target { name, opt_in_status: Some(status.clone()) }),
                None => plan.targets.push(Target { name, opt_in_status: None }),
            }
        }
        plan
    }

    /// The names of all regions that the plan knows of, and `*` for those that it does not.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.targets.iter().map(|target| target.name.clone()).collect();
        names.extend(self.disabled.iter().cloned());
        names.extend(self.untold.iter().map(|_| UNTOLD.to_owned()));
        names.sort();
        names
    }

    /// The lists that cannot be read at all: in regions that are not enabled, or that nobody could name.
    pub(crate) fn unreadable(&self, place: &Place<'_>, request: &Request) -> Vec<List> {
        let mut lists = Vec::new();
        for (kind, operation) in &request.demand.regional {
            let mut add = |region: &str, gap: Gap| {
                let (kind, account) = (kind.to_string(), place.account.clone());
                lists.push(List { kind, account, region: region.to_owned(), gaps: vec![gap] });
            };
            for region in &self.disabled {
                add(region, place.at(region, false).gap(operation, None, ErrorClass::RegionDisabled));
            }
            if let Some(gap) = &self.untold {
                add(UNTOLD, gap.clone());
            }
        }
        lists
    }
}

#[cfg(test)]
mod tests;
