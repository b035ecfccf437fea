//! What the company is held to: the items of control frameworks, and the sentences of its public pages.
//!
//! Frameworks that many companies answer to are shipped with the program, so that a policy file by itself can be
//! checked; a company adds its own under `frameworks:` in any policy file. What is shipped are the numbers of each
//! framework, with titles in other words than the framework's own.

mod claims;
mod frameworks;
mod text;

pub use claims::Claim;
pub use frameworks::{Framework, Frameworks, Item};
pub use text::{ClaimText, FrameworkText, ItemText};

/// Why nothing that is judged here can prove something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unproved {
    /// Nothing in AWS can tell; the text says what could.
    NotFromAws(String),
    /// AWS could tell, but it is not asked yet; the text says what is missing.
    NotRead(String),
}

impl Unproved {
    /// Takes the reason that was written.
    fn of(not_from_aws: Option<&String>, not_read: Option<&String>) -> Option<Self> {
        not_from_aws.cloned().map(Self::NotFromAws).or_else(|| not_read.cloned().map(Self::NotRead))
    }
}
