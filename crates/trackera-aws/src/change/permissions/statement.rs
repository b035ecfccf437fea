//! One statement of a policy document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use trackera_core::recovery::ports::{DRILL_TAG, EXPIRES_AT_TAG, RUN_TAG};

use super::super::objects;

/// A statement: what it allows, on what, and when.
pub(super) struct Statement {
    sid: &'static str,
    actions: BTreeSet<&'static str>,
    resources: Vec<String>,
    conditions: BTreeMap<&'static str, BTreeMap<String, Json>>,
}

impl Statement {
    /// Allows what some operations of ours need.
    pub(super) fn of(sid: &'static str, operations: &[&'static str], resources: Vec<String>) -> Self {
        Self::of_actions(sid, &operations.iter().copied().flat_map(actions).collect::<Vec<_>>(), resources)
    }

    /// Allows what a service does on our behalf.
    pub(super) fn of_actions(sid: &'static str, actions: &[&'static str], resources: Vec<String>) -> Self {
        Self { sid, actions: actions.iter().copied().collect(), resources, conditions: BTreeMap::new() }
    }

    /// Only under a condition.
    pub(super) fn when(mut self, operator: &'static str, key: impl Into<String>, value: Json) -> Self {
        self.conditions.entry(operator).or_default().insert(key.into(), value);
        self
    }

    /// Only where the call itself sets a whole mark.
    pub(super) fn when_it_marks(self) -> Self {
        let tags = [RUN_TAG, DRILL_TAG, EXPIRES_AT_TAG];
        tags.into_iter()
            .fold(self, |statement, tag| statement.when("StringLike", format!("aws:RequestTag/{tag}"), json!("?*")))
    }

    /// Only on what has a whole mark.
    pub(super) fn when_marked(self) -> Self {
        let tags = [RUN_TAG, DRILL_TAG, EXPIRES_AT_TAG];
        tags.into_iter()
            .fold(self, |statement, tag| statement.when("StringLike", format!("aws:ResourceTag/{tag}"), json!("?*")))
    }

    /// Only for who has shown a multi-factor device.
    pub(super) fn when_second_factor(self) -> Self {
        self.when("Bool", "aws:MultiFactorAuthPresent", json!("true"))
    }

    /// The statement as IAM reads it.
    pub(super) fn written(&self) -> Json {
        let mut written = json!({
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": self.actions,
            "Resource": self.resources,
        });
        if let Some(fields) = written.as_object_mut().filter(|_| !self.conditions.is_empty()) {
            fields.insert("Condition".to_owned(), json!(self.conditions));
        }
        written
    }
}

/// The actions that an operation needs; most are named as it is.
pub(super) fn actions(operation: &'static str) -> Vec<&'static str> {
    match operation {
        objects::GET => vec!["s3:GetObject", "s3:GetObjectVersion"],
        // Without the right to list, what is not there looks like what may not be read.
        objects::HEAD => vec!["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
        objects::VERSIONS => vec!["s3:ListBucketVersions"],
        objects::DELETE => vec!["s3:DeleteObject", "s3:DeleteObjectVersion"],
        same => vec![same],
    }
}
