//! IAM's own language: policy documents and who may do what because of them.
//!
//! Static facts only: what a document says. What AWS would decide for one request with all its context is AWS's to say.

mod actions;
mod context;
mod document;
mod gains;
mod party;
mod pattern;
mod public;
mod reach;
mod rights;
mod standings;
mod statement;
mod transport;
mod trust;

pub use context::{Fact, Facts, holds};
pub use document::{DocumentError, parse_document};
pub use party::Party;
pub use pattern::{includes, includes_action, matches, matches_action, overlaps};
pub use public::{PublicGrant, grantees, public_grants};
pub use rights::{Grants, Holdings, administrative_rights};
pub use standings::{Account, Identity, Kind, RoleSide, Standing, standings};
pub use statement::{Holder, covers};
pub use transport::denies_plain_transport;
pub use trust::{Trust, assumable_without_mfa, outside_principals};
