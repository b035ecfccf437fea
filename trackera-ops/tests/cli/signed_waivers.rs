//! Exceptions that somebody has to sign: without the approver's own signature over what they say, they excuse nothing.

use serde_json::json;

use super::journal::make_ssh_key;
use super::place::{Outcome, POLICIES, Place, mixed_estate};

const CONFIGURATION: &str = "company: {name: Example, policies: policies}\n";
const SIGNED: &str = "company: {name: Example, policies: policies}\njournal: {allowed_signers: allowed_signers}\n";
const SIGN: [&str; 6] = ["waiver", "sign", "disks-are-encrypted", "vol-2", "--sign-with", "bob"];
const FILE: &str = "policies/waivers.yaml";

fn waiver(owner: &str) -> String {
    format!(
        "waivers:\n  # until the move\n  - policy: disks-are-encrypted\n    resource: vol-2\n    owner: {owner}\n    \
         reason: 'moving'\n    approver: Bob\n    expires: 2999-12-31  # far away\n    ticket: OPS-12\n"
    )
}

/// A place with an exception that Bob approves of, keys of Ada and of Bob, and a company that asks for signatures.
fn place() -> Place {
    let place = Place::new();
    place.write("policies/rules.yaml", POLICIES);
    place.write(FILE, waiver("Ada"));
    place.write_snapshot(&mixed_estate());
    let [ada, bob] = ["ada", "bob"].map(|name| make_ssh_key(&place.path(name)));
    place.write("allowed_signers", format!("Ada {ada}\nBob namespaces=\"waiver@trackera-ops\" {bob}\n"));
    place.write("trackera.yaml", SIGNED);
    place
}

fn sign(place: &Place) -> String {
    let outcome = place.run(&SIGN);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.out.contains("is signed as Bob"), "{}", outcome.out);
    text(place)
}

fn text(place: &Place) -> String {
    std::fs::read_to_string(place.path(FILE)).unwrap()
}

/// The verdict about the volume, and why.
fn judged(place: &Place) -> (String, String) {
    let (_, report) = place.report(&["--resource", "vol-2", "--policy", "disks-*"]);
    let row = &report["verdicts"][0];
    (row["verdict"].as_str().unwrap().to_owned(), row["reason"].as_str().unwrap().to_owned())
}

fn list(place: &Place) -> Outcome {
    place.run(&["waiver", "list"])
}

#[test]
fn an_exception_that_nobody_signed_excuses_nothing_once_signers_are_named() {
    let place = place();
    place.write("trackera.yaml", CONFIGURATION);
    assert_eq!(judged(&place).0, "waived");
    place.write("trackera.yaml", SIGNED);
    let (verdict, reason) = judged(&place);
    assert!(verdict == "fail" && reason.contains("nobody signed it"), "{verdict}: {reason}");
    assert!(list(&place).out.starts_with("unsigned  disks-are-encrypted"), "{}", list(&place).out);
    let checked = place.run(&["check", "--from", "estate.json"]).out;
    assert!(checked.contains("excuses nothing: nobody signed it; Ada answers for it"), "{checked}");
    assert!(place.run(&["policy", "lint"]).err.contains("nobody signed it"));
}

#[test]
fn the_approvers_signature_counts_and_stands_in_the_file_beside_everything_else() {
    let place = place();
    let signed = sign(&place);
    assert_eq!(judged(&place).0, "waived");
    let listed = place.run(&["waiver", "list", "--output", "json"]).json();
    assert_eq!((&listed[0]["state"], &listed[0]["signed"]), (&json!("active"), &json!(true)));
    let rest: String =
        signed.lines().filter(|line| !line.starts_with("      ")).map(|line| format!("{line}\n")).collect();
    assert_eq!(rest.replace("    signature: |\n", ""), waiver("Ada"));
    sign(&place);
    assert_eq!(text(&place).matches("BEGIN SSH SIGNATURE").count(), 1, "a second signature replaces the first");
    assert_eq!(judged(&place).0, "waived");
}

#[test]
fn whatever_is_changed_after_it_was_signed_excuses_nothing() {
    let place = place();
    let signed = sign(&place);
    for (said, says) in [
        ("'moving'", "'whatever'"),
        ("2999-12-31", "2999-12-30"),
        ("resource: vol-2", "resource: vol-*"),
        ("owner: Ada", "owner: Eve"),
        ("    ticket: OPS-12\n", "    account: '000000000000'\n"),
        ("    ticket: OPS-12\n", "    region: eu-west-1\n"),
    ] {
        assert!(signed.contains(said));
        place.write(FILE, signed.replace(said, says));
        let (verdict, reason) = judged(&place);
        assert!(verdict == "fail" && reason.contains("the message was changed"), "{says}: {verdict}: {reason}");
    }
    place.write(FILE, signed.replace("OPS-12", "OPS-13"));
    assert_eq!(judged(&place).0, "waived", "where it is discussed allows nothing");
}

#[test]
fn only_the_approver_can_sign_and_never_the_owner() {
    let place = place();
    let with = |key: &str| place.run(&["waiver", "sign", "disks-are-encrypted", "vol-2", "--sign-with", key]);
    let refused = with("ada");
    assert!(refused.code == 2 && refused.err.contains("not listed for this signer"), "{refused:?}");
    assert_eq!(text(&place), waiver("Ada"), "nothing was written");
    sign(&place);
    let allowed = std::fs::read_to_string(place.path("allowed_signers")).unwrap();
    let bob = allowed.lines().last().unwrap().split_once("\" ").unwrap().1.to_owned();
    for (signers, words) in [
        (format!("Bob namespaces=\"checkpoint@trackera-ops\" {bob}\n"), "not for this purpose"),
        (format!("Bob {bob}\nAda {bob}\n"), "nobody approves what they ask for"),
        (format!("Bob valid-before=\"20200101\" {bob}\n"), "not valid at this moment"),
        ("# nobody\n".to_owned(), "not listed for this signer"),
    ] {
        place.write("allowed_signers", signers);
        let (verdict, reason) = judged(&place);
        assert!(verdict == "fail" && reason.contains(words), "{words}: {verdict}: {reason}");
    }
    place.write("allowed_signers", format!("Bob valid-before=\"20260302\" {bob}\n"));
    assert_eq!(judged(&place).0, "waived", "the key was valid at the moment that is judged");
    std::fs::remove_file(place.path("allowed_signers")).unwrap();
    let outcome = place.run(&["check", "--from", "estate.json"]);
    assert!(outcome.code == 2 && outcome.err.contains("allowed_signers"), "{outcome:?}");
}

#[test]
fn an_exception_is_added_with_its_signature_or_says_that_it_lacks_one() {
    let place = place();
    let add = |key: &[&str]| {
        let words =
            ["waiver", "add", "users-have-a-device", "bob", "--owner", "Ada", "--reason", "new", "--approver", "Bob"];
        let list = place.run(&[
            "waiver",
            "add",
            "users-have-a-device",
            "x",
            "--owner",
            "A",
            "--reason",
            "b",
            "--approver",
            "C",
            "--expires",
            "2000-01-01",
        ]);
        let (_, today) = list.err.trim_end().split_once("today is ").unwrap();
        place.run(&[&words, &["--expires", today][..], key].concat())
    };
    let refused = add(&["--sign-with", "ada"]);
    assert!(refused.code == 2 && text(&place) == waiver("Ada"), "{refused:?}");
    let unsigned = add(&["--dry-run"]);
    assert!(unsigned.code == 0 && unsigned.err.contains("excuses nothing until Bob signs it"), "{unsigned:?}");
    let signed = add(&["--sign-with", "bob"]);
    assert!(signed.code == 0 && signed.err.is_empty() && signed.out.contains("BEGIN SSH SIGNATURE"), "{signed:?}");
    assert!(text(&place).starts_with(&waiver("Ada")));
    let (_, report) = place.report(&["--policy", "users-*"]);
    assert_eq!(report["summary"]["waived"], 1);
}
