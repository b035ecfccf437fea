//! What S3 says of an object besides its content, and how the run that put it is written into it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumType, DeleteMarkerEntry, ObjectVersion as SdkVersion};
use aws_smithy_types::base64;
use trackera_core::recovery::ports::{Encryption, Mark, ObjectFacts, ObjectVersion};

use crate::convert::{moment, optional_moment, text};

/// How many bytes a SHA-256 has.
const SHA256_LENGTH: usize = 32;

/// What is known of an object; `None` where something is missing that S3 always gives.
pub(super) fn facts(answer: HeadObjectOutput) -> Option<ObjectFacts> {
    // The checksum of an object that was put in parts is one of checksums, and says nothing of the whole.
    let is_whole = answer.checksum_type != Some(ChecksumType::Composite);
    let sha256 = match answer.checksum_sha256.filter(|sum| is_whole && !sum.contains('-')) {
        Some(sum) => Some(hexadecimal(&sum)?),
        None => None,
    };
    let kms_key = text(answer.ssekms_key_id);
    let encryption = answer.server_side_encryption;
    Some(ObjectFacts {
        size: u64::try_from(answer.content_length?).ok()?,
        modified_at: optional_moment(answer.last_modified.as_ref())?,
        e_tag: text(answer.e_tag)?,
        version: text(answer.version_id),
        sha256,
        encryption: encryption.map(|method| Encryption { method: method.as_str().to_owned(), kms_key }),
        replication: answer.replication_status.map(|status| status.as_str().to_owned()),
        mark: answer.metadata.and_then(|metadata| mark(metadata.into_iter().collect())),
    })
}

/// A version; `None` where something is missing that S3 always gives.
pub(super) fn version(source: SdkVersion) -> Option<ObjectVersion> {
    Some(ObjectVersion {
        key: source.key?,
        version: text(source.version_id)?,
        is_latest: source.is_latest?,
        size: Some(u64::try_from(source.size?).ok()?),
        modified_at: moment(source.last_modified.as_ref()?)?,
    })
}

/// The marker of a deletion, as a version.
pub(super) fn deletion(source: DeleteMarkerEntry) -> Option<ObjectVersion> {
    Some(ObjectVersion {
        key: source.key?,
        version: text(source.version_id)?,
        is_latest: source.is_latest?,
        size: None,
        modified_at: moment(source.last_modified.as_ref()?)?,
    })
}

/// The names of an object's own fields have no colons, those of tags do.
fn mark(metadata: BTreeMap<String, String>) -> Option<Mark> {
    let tags = metadata.into_iter().map(|(name, value)| (name.replacen("trackera-", "trackera:", 1), value));
    Mark::on(&tags.collect())
}

/// A mark as the fields of an object.
pub(super) fn fields(mark: &Mark) -> impl Iterator<Item = (String, String)> {
    mark.tags().into_iter().map(|(name, value)| (name.replacen(':', "-", 1), value))
}

/// A SHA-256 in hexadecimal digits, from how S3 writes it.
fn hexadecimal(sum: &str) -> Option<String> {
    let bytes = base64::decode(sum).ok().filter(|bytes| bytes.len() == SHA256_LENGTH)?;
    Some(digits(&bytes))
}

/// Bytes in hexadecimal digits.
pub(super) fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing into a text cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// A SHA-256 as S3 writes it, from hexadecimal digits.
pub(super) fn encoded(sha256: &str) -> Option<String> {
    let digit = |letter: u8| char::from(letter).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
        _ => None,
    };
    let bytes: Vec<u8> = sha256.as_bytes().chunks(2).map(byte).collect::<Option<_>>()?;
    (bytes.len() == SHA256_LENGTH).then(|| base64::encode(bytes))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn head() -> aws_sdk_s3::operation::head_object::builders::HeadObjectOutputBuilder {
        HeadObjectOutput::builder().content_length(0).e_tag("\"tag\"")
    }

    #[test]
    fn a_checksum_goes_to_s3_and_back() {
        let written = encoded(EMPTY).unwrap();
        assert_eq!(hexadecimal(&written).as_deref(), Some(EMPTY));
        for bad in ["", "e3", &EMPTY[1..], &format!("{EMPTY}00"), &EMPTY.replace('e', "x")] {
            assert_eq!(encoded(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_checksum_of_checksums_is_none_of_the_whole() {
        let sum = encoded(EMPTY).unwrap();
        assert_eq!(facts(head().checksum_sha256(&sum).build()).unwrap().sha256.as_deref(), Some(EMPTY));
        let composite = head().checksum_sha256(&sum).checksum_type(ChecksumType::Composite);
        assert_eq!(facts(composite.build()).unwrap().sha256, None);
        assert_eq!(facts(head().checksum_sha256(format!("{sum}-2")).build()).unwrap().sha256, None);
        assert_eq!(facts(head().checksum_sha256("AAAA").build()), None, "one that cannot be read is no answer");
    }

    #[test]
    fn the_run_of_an_object_is_read_as_it_was_written() {
        let put_by = Mark::new("run-1", "weekly", Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(mark(fields(&put_by).collect()), Some(put_by));
        assert_eq!(mark(BTreeMap::from([("trackera-run".to_owned(), "run-1".to_owned())])), None);
    }
}
