//! Sets of addresses of one family, as sorted intervals that never touch.
//!
//! Two halves of the Internet are the Internet, however they are written; only a union of all ranges can tell.

use std::net::IpAddr;
use std::sync::LazyLock;

use ipnet::IpNet;

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// 32-bit addresses.
    V4,
    /// 128-bit addresses.
    V6,
}

impl Family {
    /// Both families.
    pub const ALL: [Self; 2] = [Self::V4, Self::V6];
}

/// Ranges of IPv4 that are not the Internet: private, shared, local, documentation, multicast and reserved
/// (IANA IPv4 Special-Purpose Address Registry).
const NOT_GLOBAL_V4: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
];
/// Global unicast in use, and the documentation range within it (IANA IPv6 Global Unicast Address Assignments).
const GLOBAL_V6: &str = "2000::/3";
const NOT_GLOBAL_V6: &[&str] = &["2001:db8::/32"];

/// What is not the Internet, in each family.
static NOT_GLOBAL: LazyLock<(AddressSet, AddressSet)> = LazyLock::new(|| {
    let not_unicast = parse_all(&["::/0"]).without(&parse_all(&[GLOBAL_V6]));
    (parse_all(NOT_GLOBAL_V4), AddressSet::union([&not_unicast, &parse_all(NOT_GLOBAL_V6)]))
});

/// As many IPv4 addresses as a `/12`, a million strangers: more than any partner's network, so it counts as the Internet.
const INTERNET_V4: u128 = 1 << 20;
/// As many IPv6 addresses as a `/19`, the largest block that registries give to one provider.
const INTERNET_V6: u128 = 1 << (128 - 19);

/// A set of addresses of one family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressSet {
    /// First and last address of each interval, sorted, with gaps between them.
    intervals: Vec<(u128, u128)>,
}

impl AddressSet {
    /// Reads a range such as `10.0.0.0/8`; host bits are ignored, as AWS ignores them.
    pub fn parse(text: &str) -> Option<(Family, Self)> {
        let range: IpNet = text.trim().parse().ok()?;
        let (family, first, last) = match (range.network(), range.broadcast()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => (Family::V4, u32::from(first).into(), u32::from(last).into()),
            (IpAddr::V6(first), IpAddr::V6(last)) => (Family::V6, first.into(), last.into()),
            _ => return None,
        };
        Some((family, Self { intervals: vec![(first, last)] }))
    }

    /// The union of sets.
    pub fn union<'a>(sets: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut intervals: Vec<(u128, u128)> = sets.into_iter().flat_map(|set| set.intervals.iter().copied()).collect();
        intervals.sort_unstable();
        let mut union = Self::default();
        for (first, last) in intervals {
            match union.intervals.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => union.intervals.push((first, last)),
            }
        }
        union
    }

    /// What is in this set but not in the other.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = Self::default();
        for &(first, last) in &self.intervals {
            let mut start = Some(first);
            for &(cut_first, cut_last) in &other.intervals {
                let Some(from) = start else { break };
                if cut_last < from || cut_first > last {
                    continue;
                }
                if cut_first > from {
                    left.intervals.push((from, cut_first - 1));
                }
                start = cut_last.checked_add(1).filter(|next| *next <= last);
            }
            if let Some(from) = start {
                left.intervals.push((from, last));
            }
        }
        left
    }

    /// What is in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.without(&self.without(other))
    }

    /// How many addresses are in the set; the whole of IPv6 counts one less than it has.
    pub fn count(&self) -> u128 {
        self.intervals.iter().fold(0_u128, |sum, (first, last)| sum.saturating_add((last - first).saturating_add(1)))
    }

    /// Tells whether an address, as a number, is in the set.
    pub fn contains(&self, address: u128) -> bool {
        self.intervals.iter().any(|(first, last)| (*first..=*last).contains(&address))
    }

    /// Tells whether the set holds so much of the public Internet that no one organisation can be meant.
    pub fn is_internet(&self, family: Family) -> bool {
        match family {
            // Most sets are too small whatever they hold.
            Family::V4 => self.count() >= INTERNET_V4 && self.without(&NOT_GLOBAL.0).count() >= INTERNET_V4,
            Family::V6 => self.count() >= INTERNET_V6 && self.without(&NOT_GLOBAL.1).count() >= INTERNET_V6,
        }
    }
}

fn parse_all(ranges: &[&str]) -> AddressSet {
    let sets: Vec<AddressSet> = ranges.iter().filter_map(|text| AddressSet::parse(text)).map(|(_, set)| set).collect();
    AddressSet::union(&sets)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_internet(ranges: &[&str]) -> bool {
        let parsed: Vec<(Family, AddressSet)> = ranges.iter().map(|text| AddressSet::parse(text).unwrap()).collect();
        AddressSet::union(parsed.iter().map(|(_, set)| set)).is_internet(parsed[0].0)
    }

    #[test]
    fn the_internet_is_the_internet_however_it_is_written() {
        for ranges in [
            &["0.0.0.0/0"][..],
            &["0.0.0.0/1", "128.0.0.0/1"],
            &["64.0.0.0/2"],
            &["8.0.0.0/8"],
            &["203.0.0.0/8"],
            &["172.0.0.0/8"],
            &["8.0.0.0/13", "9.0.0.0/13"],
            &["::/0"],
            &["::/1", "8000::/1"],
            &["2000::/3"],
            &["2a00::/12"],
        ] {
            assert!(is_internet(ranges), "{ranges:?}");
        }
    }

    #[test]
    fn private_and_small_ranges_are_not_the_internet() {
        for ranges in [
            &["10.0.0.0/8"][..],
            &["8.8.8.0/24"],
            &["192.168.0.0/16", "172.16.0.0/12"],
            &["100.64.0.0/10"],
            &["224.0.0.0/3"],
            &["8.0.0.0/13"],
            &["fc00::/7"],
            &["2a02:1234::/32"],
            &["fe80::/10"],
        ] {
            assert!(!is_internet(ranges), "{ranges:?}");
        }
    }

    #[test]
    fn what_is_not_a_range_is_refused() {
        for text in ["", "pl-1", "10.0.0.0", "10.0.0.0/33", "::/129", "300.0.0.0/8"] {
            assert_eq!(AddressSet::parse(text), None, "{text}");
        }
    }

    fn small_set() -> impl Strategy<Value = Vec<(u8, u8)>> {
        prop::collection::vec((any::<u8>(), 0_u8..40), 0..6)
    }

    fn build(ranges: &[(u8, u8)]) -> AddressSet {
        let sets: Vec<AddressSet> = ranges
            .iter()
            .map(|(first, length)| AddressSet {
                intervals: vec![((*first).into(), u128::from(*first) + u128::from(*length))],
            })
            .collect();
        AddressSet::union(&sets)
    }

    fn slow(ranges: &[(u8, u8)], address: u128) -> bool {
        ranges.iter().any(|(first, length)| {
            let first = u128::from(*first);
            (first..=first + u128::from(*length)).contains(&address)
        })
    }

    proptest! {
        #[test]
        fn set_operations_agree_with_testing_every_address(left in small_set(), right in small_set()) {
            let (one, other) = (build(&left), build(&right));
            let union = AddressSet::union([&one, &other]);
            let (difference, both) = (one.without(&other), one.intersection(&other));
            for address in 0..300_u128 {
                let (in_one, in_other) = (slow(&left, address), slow(&right, address));
                prop_assert_eq!(union.contains(address), in_one || in_other);
                prop_assert_eq!(difference.contains(address), in_one && !in_other);
                prop_assert_eq!(both.contains(address), in_one && in_other);
            }
            prop_assert_eq!(union.count(), (0..300).filter(|address| union.contains(*address)).count() as u128);
        }
    }
}
