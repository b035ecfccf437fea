//! From the SDK's values to ours.
//!
//! A field that AWS always gives and that is missing makes the whole resource unusable: the functions return `None`,
//! and the list then carries a gap. Nothing here fills in a value that was not given.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use jiff::Timestamp;

/// A moment; `None` when it lies outside the years that can be written.
pub(crate) fn moment(value: &DateTime) -> Option<Timestamp> {
    Timestamp::new(value.secs(), i32::try_from(value.subsec_nanos()).ok()?).ok()
}

/// A moment that may be absent: the outer `None` is a moment that cannot be written.
pub(crate) fn optional_moment(value: Option<&DateTime>) -> Option<Option<Timestamp>> {
    match value {
        Some(value) => moment(value).map(Some),
        None => Some(None),
    }
}

/// Text that is absent or empty, as one.
pub(crate) fn text(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.is_empty())
}

/// A word of a closed set that AWS always gives; the SDK has words of its own for one that is not there.
pub(crate) fn given(word: &str) -> Option<String> {
    (!matches!(word, "" | "no value was set")).then(|| word.to_owned())
}

/// The ARN of a log group; where streams are meant with it, it ends in `:*`.
pub(crate) fn log_group_arn(arn: String) -> String {
    arn.strip_suffix(":*").map(str::to_owned).unwrap_or(arn)
}

/// The name in the tags, or else the id.
pub(crate) fn name(tags: &BTreeMap<String, String>, id: &str) -> String {
    tags.get("Name").filter(|name| !name.is_empty()).map_or_else(|| id.to_owned(), Clone::clone)
}

/// Decodes `%41` escapes as RFC 3986 has them (a plus sign is a plus sign); `None` when the result is not text.
pub(crate) fn percent_decoded(encoded: &str) -> Option<String> {
    let mut bytes = encoded.bytes();
    let mut decoded = Vec::with_capacity(encoded.len());
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => decoded.push(hex(bytes.next()?)? * 16 + hex(bytes.next()?)?),
            other => decoded.push(other),
        }
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_their_fraction() {
        let value = DateTime::from_secs_and_nanos(1_700_000_000, 250_000_000);
        assert_eq!(moment(&value).unwrap().to_string(), "2023-11-14T22:13:20.25Z");
    }

    #[test]
    fn a_moment_beyond_the_calendar_is_unusable_not_absent() {
        let value = DateTime::from_secs(i64::MAX);
        assert_eq!(optional_moment(Some(&value)), None);
        assert_eq!(optional_moment(None), Some(None));
    }

    #[test]
    fn what_the_sdk_writes_for_a_word_that_is_not_there_is_no_word() {
        assert_eq!(given("no value was set"), None);
        assert_eq!(given("SUCCESS").as_deref(), Some("SUCCESS"));
    }

    #[test]
    fn an_empty_name_tag_gives_way_to_the_id() {
        let tags = |name: &str| BTreeMap::from([("Name".to_owned(), name.to_owned())]);
        assert_eq!(name(&tags("web"), "i-1"), "web");
        assert_eq!(name(&tags(""), "i-1"), "i-1");
        assert_eq!(name(&BTreeMap::new(), "i-1"), "i-1");
    }

    #[test]
    fn escapes_are_decoded_and_plus_signs_are_kept() {
        assert_eq!(percent_decoded("%7B%22a%22%3A1+2%7d").as_deref(), Some("{\"a\":1+2}"));
        assert_eq!(percent_decoded("gr%C3%BCn").as_deref(), Some("grün"));
        for broken in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(percent_decoded(broken), None, "{broken}");
        }
    }
}
