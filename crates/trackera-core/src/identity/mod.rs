//! IAM's own language: policy documents and who may do what because of them.
//!
//! Static facts only: what a document says. What AWS would decide for one request with all its context is AWS's to say.

mod document;
mod grants;

pub use document::{DocumentError, parse_document};
pub use grants::{administrative_rights, covers, matches};
