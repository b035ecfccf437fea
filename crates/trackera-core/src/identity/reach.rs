//! Finding by a resource who may be allowed something on it, without asking everybody.

use std::collections::BTreeMap;

use super::actions::Actions;
use super::pattern::literal_prefix;
use super::rights::Holdings;

/// Holders by how the resource patterns of what they are allowed begin.
///
/// Whoever is allowed something on a resource is among its candidates; not every candidate is.
#[derive(Default)]
pub(super) struct Reach {
    by_prefix: BTreeMap<String, Vec<usize>>,
}

impl Reach {
    /// Adds a holder for what it is allowed of some actions.
    pub(super) fn add(&mut self, holder: usize, holdings: &Holdings, actions: Actions) {
        for clause in holdings.allowing(actions) {
            match clause.not_resources.is_empty() {
                true => clause.resources.iter().for_each(|pattern| self.insert(literal_prefix(pattern), holder)),
                false => self.insert("", holder),
            }
        }
    }

    fn insert(&mut self, prefix: &str, holder: usize) {
        let holders = self.by_prefix.entry(prefix.to_owned()).or_default();
        if holders.last() != Some(&holder) {
            holders.push(holder);
        }
    }

    /// Those who may be allowed something on a resource; forgets those about whom all is settled.
    pub(super) fn candidates(&mut self, resource: &str, is_settled: impl Fn(usize) -> bool) -> Vec<usize> {
        let ends = resource.char_indices().map(|(at, _)| at).chain([resource.len()]);
        let mut found = Vec::new();
        for prefix in ends.filter_map(|end| resource.get(..end)) {
            if let Some(holders) = self.by_prefix.get_mut(prefix) {
                holders.retain(|holder| !is_settled(*holder));
                found.extend_from_slice(holders);
            }
        }
        found
    }

    /// Everybody who is allowed something on any resource.
    pub(super) fn everybody(&self) -> impl Iterator<Item = usize> {
        self.by_prefix.values().flatten().copied()
    }
}
