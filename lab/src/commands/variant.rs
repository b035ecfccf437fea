//! The estates a lab can be filled with.

use clap::ValueEnum;

/// An estate of the example company.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Variant {
    /// Every rule is kept
    Clean,
    /// The mistakes of a busy year
    Drifted,
    /// Names and tags that attack whoever shows them
    Hostile,
}

impl Variant {
    /// The word that the server knows it by.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Variant::Clean => "clean",
            Variant::Drifted => "drifted",
            Variant::Hostile => "hostile",
        }
    }
}
