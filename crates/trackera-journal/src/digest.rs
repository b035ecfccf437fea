//! SHA-256 digests in the three meanings that a journal has: of content, of a leaf and of a node of the hash tree.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

const LEAF: [u8; 1] = [0];
const NODE: [u8; 1] = [1];

/// A SHA-256 digest, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// A text that is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 64 lower-case hexadecimal digits")]
pub struct NoDigest;

impl Digest {
    /// Stands before the first entry, where there is nothing to digest.
    pub const ZERO: Self = Self([0; 32]);

    /// The digest of content as it is: what `sha256sum` prints.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// The digest of a leaf of an RFC 6962 tree.
    #[must_use]
    pub fn leaf(line: &[u8]) -> Self {
        Self(leaf_hasher().chain_update(line).finalize().into())
    }

    /// The digest of a node of an RFC 6962 tree.
    #[must_use]
    pub fn node(left: &Self, right: &Self) -> Self {
        Self(Sha256::new().chain_update(NODE).chain_update(left.0).chain_update(right.0).finalize().into())
    }

    /// The digest whose bytes these are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its bytes in base64, as checkpoints write them.
    #[must_use]
    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads what [`Self::to_base64`] wrote.
    ///
    /// # Errors
    /// When the text is not the base64 form of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, NoDigest> {
        let bytes = STANDARD.decode(text).map_err(|_| NoDigest)?;
        bytes.try_into().map(Self).map_err(|_| NoDigest)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&to_hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Digest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Self, NoDigest> {
        let mut bytes = [0; 32];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(NoDigest);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = value_of(*high)? << 4 | value_of(*low)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Digits)
    }
}

/// Reads digits where they lie: every entry of a log has some.
struct Digits;

impl Visitor<'_> for Digits {
    type Value = Digest;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{NoDigest}")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Digest, E> {
        text.parse().map_err(E::custom)
    }
}

/// A hasher that has seen what stands before every leaf, for those who digest a line in two parts.
pub(crate) fn leaf_hasher() -> Sha256 {
    Sha256::new().chain_update(LEAF)
}

/// Lower-case hexadecimal digits.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for value in [byte >> 4, byte & 15] {
            text.push(char::from(digit(value)));
        }
    }
    text
}

/// The digit of a value below sixteen.
pub(crate) const fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + (value - 10) }
}

fn value_of(digit: u8) -> Result<u8, NoDigest> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(NoDigest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_back_from_both_of_its_forms() {
        let digest = Digest::of(b"trackera");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(Digest::from_base64(&digest.to_base64()), Ok(digest));
    }

    #[test]
    fn what_is_not_quite_a_digest_is_none() {
        let text = Digest::of(b"trackera").to_string();
        for bad in ["", &text[1..], &format!("{text}0"), &text.to_uppercase(), &text.replace(&text[..1], "g")] {
            assert_eq!(bad.parse::<Digest>(), Err(NoDigest), "{bad}");
        }
        assert_eq!(Digest::from_base64("AAAA"), Err(NoDigest));
    }

    #[test]
    fn leaves_and_nodes_are_told_apart_as_rfc_6962_says() {
        assert_eq!(Digest::leaf(b"").to_string(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        let empty = Digest::leaf(b"");
        assert_eq!(Digest::node(&empty, &empty), Digest::of(&[&[1][..], &empty.0, &empty.0].concat()));
    }
}
