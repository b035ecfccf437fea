//! An object read to its end: hashed as it comes, held against the checksum that S3 stored with it, and kept nowhere.

use std::time::Duration;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::types::{ChecksumMode, ChecksumType};
use aws_smithy_checksums::body::validate;
use sha2::{Digest as _, Sha256};
use trackera_core::recovery::ports::{PortError, Reading, Stored, Trouble};

use super::facts::digits;
use super::failure::{failed, malformed};
use super::objects::GET;
use crate::errors::caused_by;

/// How S3 says that there is no such object, or no such version of it. What it says of keys and buckets is another matter.
const ABSENT: [&str; 2] = ["NoSuchKey", "NoSuchVersion"];

/// Reads what `get` asks for; no piece of it may take longer than `limit`. The SDK computes the checksum that S3 names.
pub(super) async fn run(get: GetObjectFluentBuilder, limit: Duration) -> Result<Option<Reading>, PortError> {
    let answer = match get.checksum_mode(ChecksumMode::Enabled).send().await.map_err(failed(GET)) {
        Ok(answer) => answer,
        Err(error) => return absent(error),
    };
    let matching = if has_checksum(&answer) { Stored::Same } else { Stored::Absent };
    let expected = answer.content_length.and_then(|length| u64::try_from(length).ok());
    let replication = answer.replication_status.map(|status| status.as_str().to_owned());
    let (mut body, mut hash, mut size) = (answer.body, Sha256::new(), 0_u64);
    let stored = loop {
        let piece = tokio::time::timeout(limit, body.try_next()).await;
        match piece.map_err(|_| malformed(GET))? {
            Ok(Some(piece)) => {
                hash.update(&piece);
                size += piece.len() as u64;
            }
            Ok(None) if expected == Some(size) => break matching,
            Err(error) if matching == Stored::Same && caused_by::<validate::Error>(&error) => break Stored::Other,
            Ok(None) | Err(_) => return Err(malformed(GET)),
        }
    };
    Ok(Some(Reading { size, sha256: digits(&hash.finalize()), stored, replication }))
}

/// Whether S3 stored a checksum of the whole content: that of an object that was put in parts is one of checksums.
fn has_checksum(answer: &GetObjectOutput) -> bool {
    let sums = [
        &answer.checksum_crc64_nvme,
        &answer.checksum_crc32,
        &answer.checksum_crc32_c,
        &answer.checksum_sha256,
        &answer.checksum_sha1,
    ];
    let is_whole = answer.checksum_type != Some(ChecksumType::Composite);
    is_whole && sums.into_iter().flatten().any(|sum| !sum.contains('-'))
}

fn absent(error: PortError) -> Result<Option<Reading>, PortError> {
    let is_absent = error.code.as_deref().is_some_and(|code| ABSENT.contains(&code));
    match error.trouble {
        Trouble::NotFound | Trouble::Refused if is_absent => Ok(None),
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_object_is_seen_not_to_be_there() {
        let error = |trouble, code: &str| PortError { operation: GET, trouble, code: Some(code.to_owned()) };
        assert_eq!(absent(error(Trouble::NotFound, "NoSuchKey")), Ok(None));
        assert_eq!(absent(error(Trouble::Refused, "NoSuchVersion")), Ok(None));
        for other in [
            error(Trouble::NotFound, "NoSuchBucket"),
            error(Trouble::NotFound, "KMS.NotFoundException"),
            malformed(GET),
        ] {
            assert_eq!(absent(other.clone()), Err(other));
        }
    }

    #[test]
    fn a_checksum_of_checksums_says_nothing_of_the_whole() {
        let answer = |sum: &str| GetObjectOutput::builder().checksum_crc32(sum);
        assert!(has_checksum(&answer("AAAAAA==").build()));
        assert!(!has_checksum(&answer("AAAAAA==-2").build()));
        assert!(!has_checksum(&answer("AAAAAA==").checksum_type(ChecksumType::Composite).build()));
        assert!(!has_checksum(&GetObjectOutput::builder().e_tag("tag").build()));
    }
}
