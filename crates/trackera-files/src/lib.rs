//! What people write, as both binaries read it: the configuration, the policies, and the places that they name.
//!
//! Reading is all that happens here, and the verification of signatures that stand in files. Nothing is written, no clock
//! and no environment is read, and what a file means is for `trackera-core` to say.

mod disk;
mod drills;
mod in_force;
mod signers;

pub use disk::{is_yaml, read, yaml_files};
pub use in_force::{InForce, Mistake, USUAL_CONFIGURATION, read_policies};
pub use signers::Signers;
