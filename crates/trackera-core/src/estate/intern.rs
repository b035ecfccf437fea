//! One copy of each text and of each gap, however many resources have it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::language::{List, Unknown};
use crate::resource::Gap;

/// Longer texts, such as ARNs, are rarely the same twice.
const LONGEST: usize = 40;

/// What was seen before.
#[derive(Default)]
pub(super) struct Interner {
    texts: BTreeSet<Arc<str>>,
    gaps: BTreeMap<Gap, Unknown>,
    empty: Arc<List>,
}

impl Interner {
    /// The text, shared with whoever has the same.
    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        if text.len() > LONGEST {
            return text.into();
        }
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&new));
        new
    }

    /// The gap as a reason, shared likewise.
    pub(super) fn gap(&mut self, gap: Gap) -> Unknown {
        self.gaps.entry(gap).or_insert_with_key(|gap| Unknown::from(gap.clone())).clone()
    }

    /// The list of nothing.
    pub(super) fn empty_list(&self) -> Arc<List> {
        Arc::clone(&self.empty)
    }
}
