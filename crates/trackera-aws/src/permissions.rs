//! The least that a reader of the estate must be allowed.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use trackera_core::schema::operation;

use crate::request::{BackupPlace, Request};

/// Reads the content of objects, and so is allowed nowhere but where backups are declared: their headers are all that
/// is read, but IAM has one permission for both.
const READ_OBJECTS: &str = "s3:GetObject";

/// The IAM actions that a request needs.
#[derive(Debug)]
pub struct Permissions {
    actions: BTreeSet<&'static str>,
    reads_objects: bool,
    places: Vec<BackupPlace>,
}

impl Permissions {
    /// Finds the actions behind the operations of a request.
    pub fn new(request: &Request) -> Self {
        let operations = request.operations();
        let mut actions: BTreeSet<&'static str> =
            operations.iter().filter_map(|name| operation(name)).map(|operation| operation.permission).collect();
        let reads_objects = actions.remove(READ_OBJECTS);
        Self { actions, reads_objects, places: request.backups.clone() }
    }

    /// Tells whether the policies read backups, but none are declared.
    pub fn lacks_backup_places(&self) -> bool {
        self.reads_objects && self.places.is_empty()
    }

    /// Every action, sorted.
    pub fn all(&self) -> BTreeSet<&'static str> {
        let objects = (self.reads_objects && !self.places.is_empty()).then_some(READ_OBJECTS);
        self.actions.iter().copied().chain(objects).collect()
    }

    /// The policy document.
    #[must_use]
    pub fn document(&self) -> Json {
        json!({ "Version": "2012-10-17", "Statement": self.statements() })
    }

    /// The statements of the policy document.
    #[must_use]
    pub fn statements(&self) -> Vec<Json> {
        let mut statements = vec![json!({
            "Sid": "ReadTheEstate",
            "Effect": "Allow",
            "Action": self.actions,
            "Resource": "*",
        })];
        if self.reads_objects && !self.places.is_empty() {
            let places: BTreeSet<String> =
                self.places.iter().map(|place| format!("arn:aws:s3:::{}/{}*", place.bucket, place.prefix)).collect();
            statements.push(json!({
                "Sid": "ReadTheHeadersOfBackups",
                "Effect": "Allow",
                "Action": READ_OBJECTS,
                "Resource": places,
            }));
        }
        statements
    }
}
