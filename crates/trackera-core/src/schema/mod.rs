//! The schema: every kind of resource, its fields and their types, derived from the resource structs.
//!
//! It must never be written by hand beside the structs: what a collector fills, what a policy may read and what the
//! reference documentation says are one thing.

mod demand;
mod derive;
mod operations;
mod types;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use demand::Demand;
pub use derive::SchemaError;
pub use operations::{OPERATIONS, Operation, Rhythm, operation};
pub use types::{Field, KindSchema, Record, Type};

use crate::company::Declared;
use crate::resource::{
    AccessKey, Account, Address, Alarm, AutoScalingGroup, AutomatedBackup, BackupLocation, BackupPlan, BackupVault,
    Bucket, Certificate, ConfigurationSet, DbCluster, DbClusterSnapshot, DbInstance, DbSnapshot, Drill, EmailIdentity,
    EventRule, FlowLog, Group, HostedZone, Image, Instance, Key, Listener, LoadBalancer, LogGroup, MailAccount,
    ManagedPrefixList, MetricFilter, NetworkAcl, NetworkInterface, Policy, ProtectedResource, Queue, RecoveryPoint,
    Region, Role, RouteTable, Secret, SecurityGroup, Snapshot, Subnet, Topic, Trail, User, Volume, Vpc,
};

/// All kinds, in the order of their names.
#[derive(Clone, Debug)]
pub struct Schema {
    kinds: Vec<KindSchema>,
    company: Arc<Record>,
}

impl Schema {
    /// Derives the schema from the resource structs: the one list of kinds.
    ///
    /// # Errors
    /// Fails when a struct uses a shape that the policy language has no type for, or names an operation or a relation
    /// that does not exist; a test proves that none does.
    pub fn new() -> Result<Self, SchemaError> {
        let mut kinds = vec![
            derive::kind::<AccessKey>()?,
            derive::kind::<Account>()?,
            derive::kind::<Address>()?,
            derive::kind::<Alarm>()?,
            derive::kind::<AutoScalingGroup>()?,
            derive::kind::<AutomatedBackup>()?,
            derive::kind::<BackupLocation>()?,
            derive::kind::<BackupPlan>()?,
            derive::kind::<BackupVault>()?,
            derive::kind::<Bucket>()?,
            derive::kind::<Certificate>()?,
            derive::kind::<ConfigurationSet>()?,
            derive::kind::<DbCluster>()?,
            derive::kind::<DbClusterSnapshot>()?,
            derive::kind::<DbInstance>()?,
            derive::kind::<DbSnapshot>()?,
            derive::kind::<Drill>()?,
            derive::kind::<EmailIdentity>()?,
            derive::kind::<EventRule>()?,
            derive::kind::<FlowLog>()?,
            derive::kind::<Group>()?,
            derive::kind::<HostedZone>()?,
            derive::kind::<Image>()?,
            derive::kind::<Instance>()?,
            derive::kind::<Key>()?,
            derive::kind::<Listener>()?,
            derive::kind::<LoadBalancer>()?,
            derive::kind::<LogGroup>()?,
            derive::kind::<MailAccount>()?,
            derive::kind::<ManagedPrefixList>()?,
            derive::kind::<MetricFilter>()?,
            derive::kind::<NetworkAcl>()?,
            derive::kind::<NetworkInterface>()?,
            derive::kind::<Policy>()?,
            derive::kind::<ProtectedResource>()?,
            derive::kind::<Queue>()?,
            derive::kind::<RecoveryPoint>()?,
            derive::kind::<Region>()?,
            derive::kind::<Role>()?,
            derive::kind::<RouteTable>()?,
            derive::kind::<Secret>()?,
            derive::kind::<SecurityGroup>()?,
            derive::kind::<Snapshot>()?,
            derive::kind::<Subnet>()?,
            derive::kind::<Topic>()?,
            derive::kind::<Trail>()?,
            derive::kind::<User>()?,
            derive::kind::<Volume>()?,
            derive::kind::<Vpc>()?,
        ];
        kinds.sort_by(|left, right| left.name.cmp(&right.name));
        derive::check_relations(&kinds)?;
        Ok(Self { kinds, company: Arc::new(derive::record_of::<Declared>("company")?) })
    }

    /// No kinds, and a company that declares nothing: for expressions over named values alone.
    pub(crate) fn nothing() -> Self {
        Self { kinds: Vec::new(), company: Arc::new(Record { name: "company".into(), fields: Vec::new() }) }
    }

    /// All kinds, sorted by name.
    pub fn kinds(&self) -> &[KindSchema] {
        &self.kinds
    }

    /// Finds a kind by its name.
    pub fn kind(&self, name: &str) -> Option<&KindSchema> {
        self.kinds.binary_search_by(|kind| kind.name.as_ref().cmp(name)).ok().and_then(|index| self.kinds.get(index))
    }

    /// What policies may read of the company's own declarations.
    pub fn company(&self) -> &Arc<Record> {
        &self.company
    }

    /// Every operation that some kind or field comes from.
    pub fn all_operations(&self) -> BTreeSet<&'static str> {
        self.kinds.iter().flat_map(KindSchema::all_operations).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_derives_and_every_operation_is_used() {
        let schema = Schema::new().unwrap();
        assert_eq!(schema.kinds().len(), 49);
        let unused: Vec<_> =
            OPERATIONS.iter().filter(|operation| !schema.all_operations().contains(operation.name)).collect();
        let names: Vec<_> = unused.iter().map(|operation| operation.name).collect();
        assert_eq!(names, Vec::<&str>::new());
    }

    #[test]
    fn every_kind_and_field_is_described() {
        for kind in Schema::new().unwrap().kinds() {
            assert!(!kind.description.is_empty(), "{} lacks a description", kind.name);
            for field in &kind.record.fields {
                assert!(!field.description.is_empty(), "{}.{} lacks a description", kind.name, field.name);
            }
        }
    }
}
