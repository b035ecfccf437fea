//! `trackera-lab seed`.

use super::up;
use super::variant::{Extent, Variant};
use crate::control::Control;
use crate::failure::Outcome;
use crate::home::Home;

/// Fill an empty estate
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// With what
    variant: Variant,
    #[command(flatten)]
    extent: Extent,
}

/// Fills the estate of a running lab.
pub(crate) fn run(home: &Home, arguments: &Arguments) -> Outcome<()> {
    up::fill(&Control::of(home)?, arguments.variant, arguments.extent)
}
