//! Exceptions: owned, reasoned, approved by another person, and never without an end.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::text::WaiverText;
use crate::identity::matches;
use crate::source::{Problem, suggest};
use crate::yaml::File;

/// A checked exception.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// The policy's id.
    pub policy: String,
    /// The pattern of the resource's id.
    pub resource: String,
    /// The account, if it is for one only.
    pub account: Option<String>,
    /// The region, if it is for one only.
    pub region: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why it is acceptable.
    pub reason: String,
    /// Who agreed.
    pub approver: String,
    /// The last day that it holds.
    pub expires: Date,
    /// The first moment that it does not hold any more.
    pub ends_at: Timestamp,
}

impl Waiver {
    /// Checks an exception against the policies that exist.
    ///
    /// # Errors
    /// Fails for an unknown policy, an empty reason, an approver who is the owner, or a day that is none.
    pub(super) fn check(file: &File, text: &WaiverText, policies: &[&str]) -> Result<Self, Problem> {
        let policy = text.policy.value();
        if !policies.contains(&policy.as_str()) {
            let message = format!("no policy is called `{}`", policy.escape_debug());
            return Err(file.problem(text.policy.location(), message, suggest(policy, policies.iter().copied())));
        }
        for (name, field) in [("owner", &text.owner), ("reason", &text.reason), ("approver", &text.approver)] {
            if field.value().trim().is_empty() {
                return Err(file.problem(field.location(), format!("the {name} of a waiver cannot be empty"), None));
            }
        }
        if text.approver.value().trim().eq_ignore_ascii_case(text.owner.value().trim()) {
            let message = "a waiver is approved by another person than its owner";
            return Err(file.problem(text.approver.location(), message, None));
        }
        let (expires, ends_at) = day(text.expires.value()).ok_or_else(|| {
            let message = format!("`{}` is not a day", text.expires.value().escape_debug());
            file.problem(text.expires.location(), message, Some("write it like `2026-12-31`".to_owned()))
        })?;
        Ok(Self {
            policy: policy.clone(),
            resource: text.resource.value().clone(),
            account: text.account.clone(),
            region: text.region.clone(),
            owner: text.owner.value().clone(),
            reason: text.reason.value().clone(),
            approver: text.approver.value().clone(),
            expires,
            ends_at,
        })
    }

    /// Tells whether the exception is about a resource.
    pub fn covers(&self, policy: &str, account: &str, region: &str, id: &str) -> bool {
        self.policy == policy
            && self.account.as_deref().is_none_or(|own| own == account)
            && self.region.as_deref().is_none_or(|own| own == region)
            && matches(&self.resource, id)
    }

    /// Tells whether it still holds.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        now < self.ends_at
    }
}

fn day(text: &str) -> Option<(Date, Timestamp)> {
    let date: Date = text.parse().ok().filter(|_| text.len() == "2026-12-31".len())?;
    let end = date.checked_add(1.day()).ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some((date, end.timestamp()))
}
