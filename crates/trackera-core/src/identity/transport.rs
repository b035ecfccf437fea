//! Whether a bucket policy denies every request that comes without TLS.

use super::context::{Fact, holds};
use super::party::{Party, parties};
use super::statement::includes_all;
use super::{includes_action, overlaps};
use crate::resource::{PolicyDocument, Statement};

/// What every plain request carries.
const PLAIN: [(&str, Fact<'_>); 1] = [("aws:securetransport", Fact::Truth(false))];

/// Tells whether a bucket policy denies every request that comes without TLS: by anybody, for every action, on the
/// bucket and on every object.
///
/// Several statements may do it together where each covers all actions on a part, or where one covers as a whole what
/// another exempts. Statements that merely list all actions one by one do not count: S3 gets new ones.
pub fn denies_plain_transport(document: &PolicyDocument, bucket_arn: &str) -> bool {
    let denies: Vec<&Statement> = document.statements.iter().filter(|one| denies_plain_requests(one)).collect();
    let objects = format!("{bucket_arn}/*");
    [bucket_arn, &objects].iter().all(|resource| are_covered("s3:*", resource, &denies, Exemptions::Covered))
}

/// Whether a statement denies something to every request without TLS.
fn denies_plain_requests(statement: &Statement) -> bool {
    statement.effect == "Deny"
        && statement.not_principals.is_empty()
        && parties(statement).any(|party| party == Party::Everybody)
        && statement.conditions.iter().all(|condition| holds(condition, &PLAIN) == Some(true))
}

/// What becomes of the actions and resources that a statement exempts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exemptions {
    /// Another statement has to cover them, without exemptions of its own.
    Covered,
    None,
}

fn are_covered(action: &str, resource: &str, denies: &[&Statement], exemptions: Exemptions) -> bool {
    let rest = |exempted: &str, is_action: bool| {
        let (action, resource) = if is_action { (exempted, resource) } else { (action, exempted) };
        exemptions == Exemptions::Covered && are_covered(action, resource, denies, Exemptions::None)
    };
    denies.iter().any(|deny| {
        let action = match deny.not_actions.is_empty() {
            true => deny.actions.iter().any(|pattern| includes_action(pattern, action)),
            false => deny.not_actions.iter().all(|pattern| !overlaps(pattern, action) || rest(pattern, true)),
        };
        let resource = match deny.not_resources.is_empty() {
            true => includes_all(&deny.resources, resource),
            false => deny.not_resources.iter().all(|pattern| !overlaps(pattern, resource) || rest(pattern, false)),
        };
        action && resource
    })
}
