//! Exceptions: owned, reasoned, approved by another person, and never without an end.
//!
//! Where the company names allowed signers, the approver's signature over what the exception says has to stand beside
//! it. It is verified where files are read; here is what is signed, and at which moments the signature counts.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::Value as Json;

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
    /// The approver's signature, as it is written.
    pub signature: Option<String>,
    /// What the signature is worth.
    pub signed: Signed,
}

/// What the signature of an exception is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// The company names nobody whose signature would count, so none is asked for.
    NotAsked,
    /// The approver signed with a key that may be used from the first to the last of two moments, or without end.
    Approved(Vec<(Option<Timestamp>, Option<Timestamp>)>),
    /// Nobody signed.
    Missing,
    /// The signature counts for nothing, and why.
    Refused(String),
}

impl Signed {
    /// Tells whether nothing is wrong with it at a moment.
    pub fn counts_at(&self, now: Timestamp) -> bool {
        match self {
            Self::NotAsked => true,
            Self::Approved(spans) => spans
                .iter()
                .any(|(first, last)| first.is_none_or(|first| first <= now) && last.is_none_or(|last| now <= last)),
            Self::Missing | Self::Refused(_) => false,
        }
    }

    /// Why it does not count, where it does not.
    pub fn trouble(&self) -> String {
        match self {
            Self::Missing => "nobody signed it".to_owned(),
            Self::Refused(why) => format!("its signature counts for nothing: {why}"),
            Self::NotAsked | Self::Approved(_) => "its approver's key is not valid at this moment".to_owned(),
        }
    }
}

/// The purpose that the signature of an exception names.
pub const WAIVER_NAMESPACE: &str = "waiver@trackera-ops";

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
            signature: text.signature.clone(),
            signed: Signed::NotAsked,
        })
    }

    /// The text that its approver signs: everything that it allows, and nothing else.
    pub fn statement(&self) -> String {
        let expires = self.expires.to_string();
        let fields = [
            ("policy", Some(&self.policy)),
            ("resource", Some(&self.resource)),
            ("account", self.account.as_ref()),
            ("region", self.region.as_ref()),
            ("owner", Some(&self.owner)),
            ("reason", Some(&self.reason)),
            ("approver", Some(&self.approver)),
            ("expires", Some(&expires)),
        ];
        let written = fields.into_iter().filter_map(|(name, value)| {
            // As JSON, so that no text can pretend to be the next line.
            Some(format!("{name} {}\n", Json::String(value?.clone())))
        });
        format!("trackera waiver 1\n{}", written.collect::<String>())
    }

    /// Tells whether the exception is about a resource.
    pub fn covers(&self, policy: &str, account: &str, region: &str, id: &str) -> bool {
        self.policy == policy
            && self.account.as_deref().is_none_or(|own| own == account)
            && self.region.as_deref().is_none_or(|own| own == region)
            && matches(&self.resource, id)
    }

    /// Tells whether it excuses anything at a moment: it still holds, and whoever has to sign it did.
    pub fn waives_at(&self, now: Timestamp) -> bool {
        self.holds_at(now) && self.signed.counts_at(now)
    }

    /// Tells whether it has not ended.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        now < self.ends_at
    }
}

fn day(text: &str) -> Option<(Date, Timestamp)> {
    let date: Date = text.parse().ok().filter(|_| text.len() == "2026-12-31".len())?;
    let end = date.checked_add(1.day()).ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some((date, end.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_counts_only_while_its_key_may_be_used() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let counts = |signed: Signed| [0, 5, 9, 15].map(|second| signed.counts_at(at(second)));
        let approved = Signed::Approved(vec![(Some(at(5)), Some(at(9))), (Some(at(20)), None)]);
        assert_eq!(counts(approved), [false, true, true, false]);
        assert_eq!(counts(Signed::Approved(vec![(None, None)])), [true; 4]);
        assert_eq!(counts(Signed::NotAsked), [true; 4]);
        for signed in [Signed::Missing, Signed::Refused(String::new()), Signed::Approved(Vec::new())] {
            assert_eq!(counts(signed), [false; 4]);
        }
    }
}
