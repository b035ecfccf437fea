//! When support for the engines of databases ends, in one list for each region.

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_major_engine_versions::DescribeDbMajorEngineVersionsOutput;
use aws_sdk_rds::types::{DbMajorEngineVersion, LifecycleSupportName};
use jiff::Timestamp;
use trackera_core::resource::{ErrorClass, Gap, Observed};

use super::PAGE_SIZE;
use crate::call::Place;
use crate::convert::moment;
use crate::lists::Page;

pub(super) const LIST: &str = "rds:DescribeDBMajorEngineVersions";

/// The major versions of all engines.
pub(super) struct Support {
    versions: Result<Vec<Version>, Gap>,
}

struct Version {
    engine: String,
    major: String,
    /// When standard support ends, if an end is announced.
    ends_at: Option<Timestamp>,
}

impl Support {
    /// Reads the list.
    pub(super) async fn read(place: &Place<'_>, client: &Client) -> Self {
        let request =
            |marker| client.describe_db_major_engine_versions().max_records(PAGE_SIZE).set_marker(marker).send();
        let open = |page: DescribeDbMajorEngineVersionsOutput| {
            Page::by_token(page.db_major_engine_versions, page.marker).map(version)
        };
        let listed = place.list(LIST, None, request, open).await;
        let malformed = || place.gap(LIST, None, ErrorClass::MalformedAnswer);
        let versions = match listed.gaps.into_iter().next() {
            Some(gap) => Err(gap),
            None => listed.items.into_iter().collect::<Option<_>>().ok_or_else(malformed),
        };
        Self { versions }
    }

    /// When standard support for an engine's version ends; one that the service does not know has an unknown end.
    pub(super) fn ends_at(&self, place: &Place<'_>, engine: &str, version: &str) -> Observed<Option<Timestamp>> {
        let found = self.versions.as_ref().map_err(Clone::clone).and_then(|versions| {
            let of_engine = versions.iter().filter(|known| known.engine == engine && is_of(version, &known.major));
            let longest = of_engine.max_by_key(|known| known.major.len());
            let unknown = || place.gap(LIST, Some(&format!("{engine} {version}")), ErrorClass::MalformedAnswer);
            longest.map(|known| known.ends_at).ok_or_else(unknown)
        });
        found.into()
    }
}

/// Tells whether `8.0.35` is of the major version `8.0`: it begins with its parts.
fn is_of(version: &str, major: &str) -> bool {
    version.strip_prefix(major).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn version(source: DbMajorEngineVersion) -> Option<Version> {
    let lifecycles = source.supported_engine_lifecycles.unwrap_or_default();
    let standard = lifecycles
        .into_iter()
        .find(|one| one.lifecycle_support_name() == Some(&LifecycleSupportName::OpenSourceRdsStandardSupport));
    let ends_at = match standard {
        Some(standard) => Some(moment(standard.lifecycle_support_end_date.as_ref()?)?),
        None => None,
    };
    Some(Version { engine: source.engine?, major: source.major_engine_version?, ends_at })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::call::{Door, Proven};

    fn ends_at(engine: &str, version: &str) -> Observed<Option<Timestamp>> {
        let known = |engine: &str, major: &str, second| Version {
            engine: engine.to_owned(),
            major: major.to_owned(),
            ends_at: Some(Timestamp::from_second(second).unwrap()),
        };
        let versions = vec![known("postgres", "9", 1), known("postgres", "9.6", 2), known("aurora-mysql", "8.0", 3)];
        let door = Door::new(BTreeSet::new(), 1, &());
        let place = Place::global(&door, "000000000000", Proven::default());
        Support { versions: Ok(versions) }.ends_at(&place, engine, version)
    }

    #[test]
    fn the_longest_major_version_that_fits_decides() {
        let second =
            |engine: &str, version: &str| ends_at(engine, version).known().copied().flatten().unwrap().as_second();
        assert_eq!(second("postgres", "9.6.22"), 2);
        assert_eq!(second("postgres", "9.4"), 1);
        assert_eq!(second("aurora-mysql", "8.0.mysql_aurora.3.04.0"), 3);
    }

    #[test]
    fn the_end_of_a_version_that_is_not_listed_is_unknown_and_not_absent() {
        for (engine, version) in [("postgres", "96.1"), ("mysql", "8.0.35"), ("postgres", "")] {
            assert_eq!(ends_at(engine, version).known(), None, "{engine} {version}");
        }
    }
}
