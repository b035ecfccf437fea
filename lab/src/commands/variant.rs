//! The estates a lab can be filled with.

use clap::ValueEnum;
use serde_json::{Value, json};

/// An estate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Variant {
    /// The example company; every rule is kept
    Clean,
    /// The same with the mistakes of a busy year
    Drifted,
    /// The same under names and tags that attack whoever shows them
    Hostile,
    /// Drawn at random, with the truth about it: see `truth`
    Generated,
}

impl Variant {
    /// The word that the server knows it by.
    fn word(self) -> &'static str {
        match self {
            Variant::Clean => "clean",
            Variant::Drifted => "drifted",
            Variant::Hostile => "hostile",
            Variant::Generated => "generated",
        }
    }
}

/// How large a generated estate is, and which one.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Extent {
    /// About how many resources a generated estate has
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..=20_000))]
    scale: u32,
    /// Which of the many generated estates of that size: the same number gives the same shapes
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    draw: u32,
}

/// What the server is asked to fill the estate with.
pub(crate) fn request(variant: Option<Variant>, extent: Extent) -> Value {
    json!({"variant": variant.map(Variant::word), "scale": extent.scale, "draw": extent.draw})
}

/// How the server calls an estate that was filled so.
pub(crate) fn name(variant: Variant, extent: Extent) -> String {
    match variant {
        Variant::Generated => format!("generated (scale {}, draw {})", extent.scale, extent.draw),
        other => other.word().to_owned(),
    }
}
