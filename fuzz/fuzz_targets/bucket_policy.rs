//! A resource or trust policy of any form is judged: denying more closes, the order does not matter, and what is public
//! is granted to everybody.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trackera_core::identity::{
    assumable_without_mfa, denies_plain_transport, grantees, outside_principals, parse_document, public_grants,
};
use trackera_core::resource::Statement;

const ACCOUNT: &str = "000000000000";
const BUCKET: &str = "arn:aws:s3:::dumps";

fuzz_target!(|text: &str| {
    let Ok(document) = parse_document(text) else { return };
    let has = |effect: &str| document.statements.iter().any(|one| one.effect == effect);
    let with = |more: Statement| {
        let mut document = document.clone();
        document.statements.push(more);
        document
    };
    let closed = with(everything("Deny"));

    let enforced = denies_plain_transport(&document, BUCKET);
    assert!(!enforced || has("Deny"), "denied by nothing");
    assert!(!enforced || denies_plain_transport(&with(everything("Allow")), BUCKET), "allowing takes a Deny away");
    assert!(denies_plain_transport(&closed, BUCKET), "not denied although everything is");

    let public = public_grants(&document);
    assert!(public.is_empty() || has("Allow"), "granted by nothing: {public:?}");
    assert!(public.is_empty() || grantees(&document).iter().any(|one| one == "*"), "public, but to nobody: {public:?}");
    assert_eq!(public_grants(&closed), [], "public although everything is denied");
    assert_eq!(assumable_without_mfa(&closed), Vec::<String>::new(), "assumable although everything is denied");
    assert!(outside_principals(&document, ACCOUNT).iter().all(|one| one != ACCOUNT), "the own account is outside");

    let mut backwards = document.clone();
    backwards.statements.reverse();
    assert_eq!(denies_plain_transport(&backwards, BUCKET), enforced, "the order of statements matters");
    assert_eq!(public_grants(&backwards).len(), public.len(), "the order of statements matters");
    assert_eq!(assumable_without_mfa(&backwards), assumable_without_mfa(&document), "the order of statements matters");
});

fn everything(effect: &str) -> Statement {
    let any = || vec!["*".to_owned()];
    Statement { effect: effect.to_owned(), principals: any(), actions: any(), resources: any(), ..Statement::default() }
}
