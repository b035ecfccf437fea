//! Signatures that OpenSSH itself made, and one of a FIDO key made by hand.

use std::path::PathBuf;
use std::sync::Arc;

use ed25519_dalek::{Signer, SigningKey};
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use ssh_key::Algorithm;
use ssh_key::public::{Ed25519PublicKey, SkEd25519};

use super::*;
use crate::fs::Disk;

const NAMESPACE: &str = "approval@trackera-ops";
const MESSAGE: &[u8] = b"plan 0123";

struct Person {
    directory: tempfile::TempDir,
    allowed: AllowedSigners,
}

#[test]
fn a_signature_of_openssh_counts_for_its_signer_and_for_nobody_else() {
    let ana = Person::new("ana@example.com");
    let signature = ana.sign();
    let nobody = BTreeSet::new();
    let signers = ana.signers(&nobody);
    assert!(signers.verify("ana@example.com", (NAMESPACE, MESSAGE), &signature).unwrap().starts_with("SHA256:"));
    let refused = |principal: &str, namespace: &str, message: &[u8], signature: &str| {
        signers.verify(principal, (namespace, message), signature).unwrap_err()
    };
    assert!(matches!(
        refused("bob@example.com", NAMESPACE, MESSAGE, &signature),
        SignatureError::NotAllowed(NotAllowed::Unknown)
    ));
    assert!(matches!(refused("ana@example.com", "file", MESSAGE, &signature), SignatureError::Namespace(_)));
    assert!(matches!(refused("ana@example.com", NAMESPACE, b"plan 0124", &signature), SignatureError::Forged));
    assert!(matches!(refused("ana@example.com", NAMESPACE, MESSAGE, "no signature"), SignatureError::Form));
    let stranger = Person::new("ana@example.com").sign();
    assert!(matches!(
        refused("ana@example.com", NAMESPACE, MESSAGE, &stranger),
        SignatureError::NotAllowed(NotAllowed::Unknown)
    ));
}

#[test]
fn a_suspended_signer_counts_for_nothing_under_any_name_of_the_same_key() {
    let ana = Person::new("ana@example.com,deploy@example.com");
    let signature = ana.sign();
    let nobody = BTreeSet::new();
    let fingerprint = ana.signers(&nobody).verify("ana@example.com", (NAMESPACE, MESSAGE), &signature).unwrap();
    for suspended in ["ana@example.com", "deploy@example.com", fingerprint.as_str()] {
        let suspended = BTreeSet::from([suspended.to_owned()]);
        let judged = ana.signers(&suspended).verify("ana@example.com", (NAMESPACE, MESSAGE), &signature);
        assert!(matches!(judged, Err(SignatureError::Suspended)), "{suspended:?}");
    }
    let other = BTreeSet::from(["bob@example.com".to_owned()]);
    assert!(ana.signers(&other).verify("ana@example.com", (NAMESPACE, MESSAGE), &signature).is_ok());
}

#[test]
fn whoever_asks_never_approves_even_under_another_name() {
    let ana = Person::new("ana@example.com,ops@example.com");
    let signature = ana.sign();
    let approved = |approver, asker| ana.allowed.approved((approver, asker), (NAMESPACE, MESSAGE), &signature);
    assert_eq!(approved("ana@example.com", "bob@example.com").unwrap(), [(None, None)]);
    assert!(matches!(approved("ana@example.com", "ops@example.com"), Err(SignatureError::OwnKey(_))));
    assert!(matches!(approved("bob@example.com", "x"), Err(SignatureError::NotAllowed(NotAllowed::Unknown))));
    let changed = ana.allowed.approved(("ana@example.com", "x"), (NAMESPACE, b"plan 0124"), &signature);
    assert!(matches!(changed, Err(SignatureError::Forged)));
}

#[test]
fn every_changed_byte_of_a_signature_is_noticed() {
    let ana = Person::new("ana@example.com");
    let signature = ana.sign();
    let nobody = BTreeSet::new();
    let body = 30..signature.len() - 30;
    for index in body {
        let mut bytes = signature.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        assert!(
            ana.signers(&nobody).verify("ana@example.com", (NAMESPACE, MESSAGE), &changed).is_err(),
            "byte {index}"
        );
    }
}

#[test]
fn a_fido_key_counts_only_when_it_was_touched() {
    let secret = SigningKey::from_bytes(&[3; 32]);
    let key = SkEd25519::new(Ed25519PublicKey(secret.verifying_key().to_bytes()), "ssh:");
    let public = PublicKey::from(KeyData::SkEd25519(key.clone()));
    let line = format!("ana@example.com {}", public.to_openssh().unwrap());
    let allowed = AllowedSigners::parse(&line, &TimeZone::UTC).unwrap();
    let nobody = BTreeSet::new();
    let signers = Signers { allowed: &allowed, suspended: &nobody, at: moment() };
    for (flags, is_good) in [(1_u8, true), (5, true), (0, false), (4, false)] {
        let data = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, MESSAGE).unwrap();
        let trailer = [&[flags][..], &7_u32.to_be_bytes()].concat();
        let signed = [&Sha256::digest("ssh:")[..], &trailer, &Sha256::digest(&data)[..]].concat();
        let bytes = [&secret.sign(&signed).to_bytes()[..], &trailer].concat();
        let inner = ssh_key::Signature::new(Algorithm::SkEd25519, bytes).unwrap();
        let signature = SshSig::new(KeyData::SkEd25519(key.clone()), NAMESPACE, HashAlg::Sha512, inner).unwrap();
        let judged = signers.verify("ana@example.com", (NAMESPACE, MESSAGE), &signature.to_string());
        assert_eq!(judged.is_ok(), is_good, "flags {flags}: {judged:?}");
    }
}

#[test]
fn openssh_itself_verifies_what_is_kept_beside_a_checkpoint() {
    let ana = Person::new("ana@example.com");
    let directory = tempfile::tempdir().unwrap();
    let reader = Reader::new(Arc::new(Disk), directory.path());
    std::fs::create_dir(directory.path().join("checkpoints")).unwrap();
    let note = directory.path().join("checkpoints/00000000000000000007.note");
    std::fs::write(&note, "a note").unwrap();
    let signature = sign(&ana.key(), CHECKPOINT_NAMESPACE, b"a note").unwrap();
    reader.keep_cosignature(7, &signature).unwrap();
    reader.keep_cosignature(7, &sign(&ana.key(), "other", b"a note").unwrap()).unwrap();
    let nobody = BTreeSet::new();
    let (good, bad) = reader.cosignatures(&ana.signers(&nobody)).unwrap();
    assert_eq!(
        good.iter().map(|found| (found.size, found.principal.as_str())).collect::<Vec<_>>(),
        [(7, "ana@example.com")]
    );
    assert!(bad[0].contains("another purpose"), "{bad:?}");

    let kept = directory.path().join("cosignatures").join(cosignature_name(7, &signature));
    let mut command = Command::new("ssh-keygen");
    command.args(["-Y", "verify", "-I", "ana@example.com", "-n", CHECKPOINT_NAMESPACE, "-s"]).arg(kept).arg("-f");
    let status = command.arg(ana.directory.path().join("allowed")).stdin(std::fs::File::open(note).unwrap()).status();
    assert!(status.unwrap().success());
}

impl Person {
    fn new(principals: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let key = directory.path().join("key");
        let mut command = Command::new("ssh-keygen");
        let made = command.args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(&key).status().unwrap();
        assert!(made.success());
        let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
        let line = format!("{principals} {public}");
        std::fs::write(directory.path().join("allowed"), &line).unwrap();
        Self { directory, allowed: AllowedSigners::parse(&line, &TimeZone::UTC).unwrap() }
    }

    fn key(&self) -> PathBuf {
        self.directory.path().join("key")
    }

    fn sign(&self) -> String {
        sign(&self.key(), NAMESPACE, MESSAGE).unwrap()
    }

    fn signers<'a>(&'a self, suspended: &'a BTreeSet<String>) -> Signers<'a> {
        Signers { allowed: &self.allowed, suspended, at: moment() }
    }
}

fn moment() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}
