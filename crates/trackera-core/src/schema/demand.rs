//! What a set of policies needs to know, and so which calls are worth making.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Schema;
use super::operations::operation;
use crate::resource::Scope;

/// The kinds to list and the operations to call; a collector must call nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// The kinds of which resources are needed.
    pub kinds: BTreeSet<Arc<str>>,
    /// Those kinds that are listed once per region, each with the operation that begins its list.
    pub regional: BTreeMap<Arc<str>, &'static str>,
    /// The kinds of which all resources are needed, and not only those that others refer to.
    pub whole: BTreeSet<Arc<str>>,
    /// The operations that those kinds and the fields that are read come from.
    pub operations: BTreeSet<&'static str>,
}

impl Demand {
    /// Everything that the schema knows.
    pub fn everything(schema: &Schema) -> Self {
        let mut demand = Self::default();
        schema.kinds().iter().for_each(|kind| demand.add_kind(schema, &kind.name));
        Self { operations: schema.all_operations(), ..demand }
    }

    /// Adds a kind with all of its resources, and the operations that list it; a kind that the schema lacks adds nothing.
    pub fn add_kind(&mut self, schema: &Schema, kind: &str) {
        self.add_related(schema, kind);
        self.whole.extend(schema.kind(kind).map(|kind| Arc::clone(&kind.name)));
    }

    /// Adds a kind as far as others refer to its resources.
    pub fn add_related(&mut self, schema: &Schema, kind: &str) {
        if let Some(kind) = schema.kind(kind) {
            self.kinds.insert(Arc::clone(&kind.name));
            self.operations.extend(&kind.operations);
            let first = kind.operations.first().filter(|_| kind.scope == Scope::Region);
            self.regional.extend(first.map(|first| (Arc::clone(&kind.name), *first)));
        }
    }

    /// Adds a field of a kind as far as others refer to its resources; a field that the schema lacks adds nothing.
    pub fn add_field(&mut self, schema: &Schema, kind: &str, field: &str) {
        self.add_related(schema, kind);
        if let Some((_, field)) = schema.kind(kind).and_then(|kind| kind.record.field(field)) {
            self.operations.extend(&field.operations);
        }
    }

    /// Adds all that another demand holds.
    pub fn add(&mut self, other: &Self) {
        self.kinds.extend(other.kinds.iter().cloned());
        self.regional.extend(other.regional.iter().map(|(kind, first)| (Arc::clone(kind), *first)));
        self.whole.extend(other.whole.iter().cloned());
        self.operations.extend(&other.operations);
    }

    /// Tells whether an operation is wanted.
    pub fn wants(&self, operation: &str) -> bool {
        self.operations.contains(operation)
    }

    /// Tells whether a kind's list is wanted.
    pub fn wants_kind(&self, kind: &str) -> bool {
        self.kinds.contains(kind)
    }

    /// Tells whether all resources of a kind are wanted, and not only those that others refer to.
    pub fn wants_whole(&self, kind: &str) -> bool {
        self.whole.contains(kind)
    }

    /// The IAM actions that allow all of the operations, sorted, each once.
    pub fn permissions(&self) -> BTreeSet<&'static str> {
        self.operations.iter().filter_map(|name| operation(name)).map(|operation| operation.permission).collect()
    }
}
