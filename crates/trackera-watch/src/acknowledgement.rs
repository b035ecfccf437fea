//! Acknowledgements as people sign them and leave them for the agent: pure content, no cryptography.
//!
//! A signature covers the finding and which of its openings, so that it can be used for nothing else: when the finding
//! closes and opens again, somebody has to look at it again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The purpose that the signature names.
pub const NAMESPACE: &str = "acknowledgement@trackera-ops";

/// Where messages lie in a store for coordination.
pub const MAILBOX: &str = "acknowledgements";

/// The longest message, in bytes.
pub const LONGEST: usize = 8 * 1024;

const VERSION: u32 = 1;

/// Somebody knows of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledgement {
    /// The digest of the finding's key.
    pub finding: String,
    /// Which of its openings.
    pub opening: u32,
    /// When they said so.
    pub at: Timestamp,
}

/// An acknowledgement with its signature, which says who signed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    version: u32,
    acknowledgement: Acknowledgement,
    signature: String,
}

/// Why a message acknowledges nothing.
#[derive(Debug, Error)]
pub enum AcknowledgementError<E: std::error::Error + 'static> {
    /// It is too long.
    #[error("it is longer than {LONGEST} bytes")]
    Length,
    /// It is of no form that this program knows.
    #[error("it is no acknowledgement")]
    Form(#[source] serde_json::Error),
    /// It comes from a later version.
    #[error("it has version {0}, and this program reads {VERSION}")]
    Version(u32),
    /// Its signature counts for nothing.
    #[error("its signature counts for nothing")]
    Signature(#[source] E),
}

impl Acknowledgement {
    /// The text that is signed.
    pub fn statement(&self) -> String {
        let Self { finding, opening, at } = self;
        format!("trackera acknowledgement {VERSION}\nfinding {finding}\nopening {opening}\nat {at}\n")
    }

    /// The name of the message in a mailbox: a person's second word on the same opening is another message.
    pub fn name(&self, signature: &str) -> String {
        let digest = crate::record::digest([self.statement().as_str(), signature]);
        format!("{}-{}-{digest}.json", self.finding, self.opening)
    }

    /// The message, with the signature over its statement.
    ///
    /// # Errors
    /// Never for what this program makes; the signature is that of the JSON writer.
    pub fn message(&self, signature: String) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&Message { version: VERSION, acknowledgement: self.clone(), signature })
    }

    /// Reads a message and gives it with its signer, as `signer` finds them for a purpose, a text and a signature.
    /// There is no other way to read one.
    ///
    /// # Errors
    /// Why it acknowledges nothing.
    pub fn verified<E: std::error::Error + 'static>(
        message: &[u8],
        signer: impl FnOnce((&str, &[u8]), &str) -> Result<String, E>,
    ) -> Result<(Self, String), AcknowledgementError<E>> {
        if message.len() > LONGEST {
            return Err(AcknowledgementError::Length);
        }
        let message: Message = serde_json::from_slice(message).map_err(AcknowledgementError::Form)?;
        let Message { version, acknowledgement, signature } = message;
        if version != VERSION {
            return Err(AcknowledgementError::Version(version));
        }
        let signed = (NAMESPACE, acknowledgement.statement());
        let by = signer((signed.0, signed.1.as_bytes()), &signature).map_err(AcknowledgementError::Signature)?;
        Ok((acknowledgement, by))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Error)]
    #[error("another signed")]
    struct Forged;

    fn acknowledgement() -> Acknowledgement {
        Acknowledgement { finding: "0a".repeat(16), opening: 2, at: "2026-01-01T00:00:00Z".parse().unwrap() }
    }

    /// A stand-in for a key: it signs by repeating what is signed.
    fn signer((namespace, text): (&str, &[u8]), signature: &str) -> Result<String, Forged> {
        let is_good = namespace == NAMESPACE && text == signature.as_bytes();
        if is_good { Ok("ada".to_owned()) } else { Err(Forged) }
    }

    #[test]
    fn the_signed_text_never_changes() {
        let text = acknowledgement().statement();
        let wanted = "finding 0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a\nopening 2\nat 2026-01-01T00:00:00Z\n";
        assert_eq!(text, format!("trackera acknowledgement 1\n{wanted}"));
    }

    #[test]
    fn a_signature_holds_for_its_finding_and_its_opening_alone() {
        let given = acknowledgement();
        let message = |other: &Acknowledgement| other.message(given.statement()).unwrap();
        let (read, by) = Acknowledgement::verified(&message(&given), signer).unwrap();
        assert_eq!((read, by.as_str()), (given.clone(), "ada"));
        let others = [
            Acknowledgement { opening: 3, ..given.clone() },
            Acknowledgement { finding: "0b".repeat(16), ..given.clone() },
            Acknowledgement { at: Timestamp::UNIX_EPOCH, ..given.clone() },
        ];
        for other in others {
            let refused = Acknowledgement::verified(&message(&other), signer);
            assert!(matches!(refused, Err(AcknowledgementError::Signature(_))), "{other:?}");
        }
    }

    #[test]
    fn what_has_not_its_form_is_refused_before_anybody_verifies_it() {
        let good = String::from_utf8(acknowledgement().message(acknowledgement().statement()).unwrap()).unwrap();
        let never = |_: (&str, &[u8]), _: &str| -> Result<String, Forged> { panic!("it is verified") };
        let long = format!("{good}{}", " ".repeat(LONGEST));
        assert!(matches!(Acknowledgement::verified(long.as_bytes(), never), Err(AcknowledgementError::Length)));
        let newer = good.replace(r#""version":1"#, r#""version":2"#);
        assert!(matches!(Acknowledgement::verified(newer.as_bytes(), never), Err(AcknowledgementError::Version(2))));
        for bad in [good.replace(r#""opening":2"#, r#""opening":2,"more":1"#), String::new(), "[]".to_owned()] {
            let refused = Acknowledgement::verified(bad.as_bytes(), never);
            assert!(matches!(refused, Err(AcknowledgementError::Form(_))), "{bad}");
        }
    }
}
