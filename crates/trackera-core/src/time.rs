//! Lengths of time as people write them: `90d`, `26 hours`, `15m`.
//!
//! Days are 24 hours here; months and years have no fixed length and are refused. There is no clock in this module.

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// How far two clocks may differ before a moment counts as being in the future.
pub const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

const UNITS: [(&str, i64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// Reads a length of time.
///
/// # Errors
/// Fails with a sentence for the reader when the text is not a length of time, or uses months or years.
pub fn parse(text: &str) -> Result<SignedDuration, String> {
    let span: Span =
        text.parse().map_err(|_| format!("`{text}` is not a length of time; write it like `90d`, `26h` or `15m`"))?;
    span.to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| format!("`{text}` has no fixed length; write days instead of months or years"))
}

/// Writes a length of time in the two largest units that it needs: `90d`, `1d 2h`, `15m`.
pub fn format(length: SignedDuration) -> String {
    let seconds = length.as_secs();
    let sign = if length.is_negative() { "-" } else { "" };
    let mut left = seconds.unsigned_abs();
    let mut parts = Vec::new();
    for (unit, size) in UNITS {
        let size = size.unsigned_abs();
        let count = left / size;
        left %= size;
        if count > 0 && parts.len() < 2 {
            parts.push(format!("{count}{unit}"));
        } else if !parts.is_empty() {
            break;
        }
    }
    if parts.is_empty() { "0s".to_owned() } else { format!("{sign}{}", parts.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_understood() {
        for (text, seconds) in [("90d", 7_776_000), ("90 days", 7_776_000), ("26h", 93_600), ("1h 30m", 5_400)] {
            assert_eq!(parse(text).unwrap().as_secs(), seconds, "{text}");
        }
        for text in ["", "soon", "3 months", "90", "d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_are_written_as_people_would() {
        for (seconds, text) in [(0, "0s"), (59, "59s"), (93_600, "1d 2h"), (7_776_000, "90d"), (-3_661, "-1h 1m")] {
            assert_eq!(format(SignedDuration::from_secs(seconds)), text);
        }
        assert_eq!(format(SignedDuration::from_secs(86_400 + 59)), "1d");
    }
}
