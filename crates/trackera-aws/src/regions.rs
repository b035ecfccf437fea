//! Which regions there are, which of them are looked at, and the settings that each region has.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use trackera_core::estate::List;
use trackera_core::resource::{
    AutomatedBackup, DbInstance, DbSnapshot, ErrorClass, Gap, Key, Kind as _, ManagedPrefixList, NetworkInterface,
    Observed, Region, RouteTable, SecurityGroup, Snapshot, Subnet, Volume,
};

use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::request::{Regions, Request};
use crate::session::Session;

/// The operation that lists regions.
pub(crate) const LIST: &str = "ec2:DescribeRegions";
const ENCRYPTION: &str = "ec2:GetEbsEncryptionByDefault";
const KEY: &str = "ec2:GetEbsDefaultKmsKeyId";
const NOT_OPTED_IN: &str = "not-opted-in";
/// Stands for the regions that could not be told.
const UNTOLD: &str = "*";

/// The kinds that are listed per region, each with the operation that begins its list.
pub(crate) const REGIONAL_KINDS: &[(&str, &str)] = &[
    (SecurityGroup::NAME, "ec2:DescribeSecurityGroups"),
    (ManagedPrefixList::NAME, "ec2:DescribeManagedPrefixLists"),
    (NetworkInterface::NAME, "ec2:DescribeNetworkInterfaces"),
    (Subnet::NAME, "ec2:DescribeSubnets"),
    (RouteTable::NAME, "ec2:DescribeRouteTables"),
    (Volume::NAME, "ec2:DescribeVolumes"),
    (Snapshot::NAME, "ec2:DescribeSnapshots"),
    (DbInstance::NAME, "rds:DescribeDBInstances"),
    (DbSnapshot::NAME, "rds:DescribeDBSnapshots"),
    (AutomatedBackup::NAME, "rds:DescribeDBInstanceAutomatedBackups"),
    (Key::NAME, "kms:ListKeys"),
];

/// What the account says of its regions.
type Answer = Option<Result<BTreeMap<String, String>, Gap>>;

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
        for (kind, operation) in request.wanted_regional_kinds() {
            let mut add = |region: &str, gap: Gap| {
                let (kind, account) = (kind.to_owned(), place.account.clone());
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

/// The regions as resources.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, answer: &Answer, plan: &Plan) -> Part {
    let refused = answer.as_ref().and_then(|answer| answer.as_ref().err()).cloned();
    let known = plan.targets.iter().filter_map(|target| Some((&target.name, target.opt_in_status.as_ref()?)));
    let regions = known.map(async |(name, status)| {
        let region = region(&place.at(name, true), &session.ec2(name), status).await;
        Found::new(Some(name.clone()), Some((name.clone(), region))).in_region(name)
    });
    let regions = futures_util::future::join_all(regions).await;
    let mut part = Part::default();
    part.add(place, LIST, refused.into_iter().collect(), regions);
    part
}

async fn region(place: &Place<'_>, client: &Client, opt_in_status: &str) -> Region {
    let id = Some(place.region.as_str());
    let (encryption, key) = tokio::join!(
        place.call(ENCRYPTION, id, || client.get_ebs_encryption_by_default().send()),
        place.call(KEY, id, || client.get_ebs_default_kms_key_id().send()),
    );
    let malformed = |operation| place.gap(operation, id, ErrorClass::MalformedAnswer);
    let encryption = encryption.map_err(Gap::from);
    let key = key.map_err(Gap::from);
    Region {
        opt_in_status: opt_in_status.to_owned(),
        ebs_encryption_by_default: Observed::from(
            encryption.and_then(|answer| answer.ebs_encryption_by_default.ok_or_else(|| malformed(ENCRYPTION))),
        ),
        ebs_default_kms_key_id: Observed::from(key.and_then(|answer| answer.kms_key_id.ok_or_else(|| malformed(KEY)))),
    }
}

#[cfg(test)]
mod tests;
