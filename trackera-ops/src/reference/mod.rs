//! What the code knows about itself, as documents: schemas, permissions and the generated reference.
//!
//! Nothing here is written by hand beside the code that it describes, so that it cannot say anything else.

mod command_line;
mod kinds;
mod markdown;
mod policies;
mod report;
mod schema;

pub(crate) use crate::world::Permissions;
pub(crate) use schema::policy_schema;

use trackera_core::policy::PolicySet;
use trackera_core::schema::Schema;

/// The generated reference: file names and what stands in them.
pub(crate) fn documents(schema: &Schema, set: &PolicySet, permissions: &Permissions) -> Vec<(String, Vec<u8>)> {
    let documents = [
        ("cli.md", command_line::commands()),
        ("exit-codes.md", command_line::exit_codes()),
        ("functions.md", kinds::functions()),
        ("permissions.md", policies::permissions(set, permissions)),
        ("policies.md", policies::policies(set)),
        ("report.md", report::report()),
        ("resource-kinds.md", kinds::kinds(schema)),
    ];
    documents.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())).collect()
}
