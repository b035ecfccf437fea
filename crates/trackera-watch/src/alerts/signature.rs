//! The signature of webhooks, so that a receiver can tell our messages from forged and from replayed ones.
//!
//! A receiver takes the moment (seconds since 1970) from the header `X-Trackera-Timestamp`, refuses what is older than a
//! few minutes, computes HMAC-SHA256 with the shared key over the moment's digits, a full stop and the body's bytes, and
//! compares it in constant time with the hexadecimal digits behind `v1=` in the header `X-Trackera-Signature`.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;

/// The header of the moment.
pub const TIMESTAMP_HEADER: &str = "X-Trackera-Timestamp";

/// The header of the signature.
pub const SIGNATURE_HEADER: &str = "X-Trackera-Signature";

/// The values of both headers, in this order; none for an empty key, which would sign for anybody.
pub fn sign(key: &[u8], body: &[u8], at: Timestamp) -> Option<(String, String)> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok().filter(|_| !key.is_empty())?;
    let moment = at.as_second().to_string();
    for part in [moment.as_bytes(), b".", body] {
        mac.update(part);
    }
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Some((moment, format!("v1={digits}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_documented_recipe() {
        let at = Timestamp::from_second(1_767_225_600).unwrap();
        let (moment, signature) = sign(b"key", br#"{"a":1}"#, at).unwrap();
        assert_eq!(moment, "1767225600");
        assert_eq!(signature, "v1=80f7b75f8618b9b24d72673996a625f1a43f7387a26b6739d667431724fe4d23");
        assert_ne!(sign(b"key", br#"{"a":2}"#, at).unwrap().1, signature);
        assert_ne!(sign(b"other", br#"{"a":1}"#, at).unwrap().1, signature);
        assert_ne!(sign(b"key", br#"{"a":1}"#, Timestamp::UNIX_EPOCH).unwrap().1, signature);
        assert_eq!(sign(b"", b"", at), None);
    }
}
