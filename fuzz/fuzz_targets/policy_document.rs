//! A policy document from AWS is read as it stands or refused; what it grants never grows by denying.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trackera_core::identity::{administrative_rights, covers, matches, parse_document};
use trackera_core::resource::{PolicyDocument, Statement};

const ACCOUNT: &str = "000000000000";

fuzz_target!(|text: &str| {
    let Ok(document) = parse_document(text) else { return };
    let any = |effect: &str| document.statements.iter().any(|one| one.effect == effect);
    let rights = administrative_rights(&[&document], ACCOUNT);
    assert!(rights.is_none() || any("Allow"), "granted by nothing: {rights:?}");
    assert_eq!(administrative_rights(&[&document, &document], ACCOUNT), rights, "said twice is said once");
    let denied = administrative_rights(&[&document, &everything("Deny")], ACCOUNT);
    assert_eq!(denied, None, "granted although everything is denied");
    let allowed = administrative_rights(&[&document, &everything("Allow")], ACCOUNT);
    assert!(any("Deny") || allowed.is_some(), "not granted although everything is allowed");
    document.statements.iter().for_each(patterns);
});

fn everything(effect: &str) -> PolicyDocument {
    let any = || vec!["*".to_owned()];
    let statement = Statement { effect: effect.to_owned(), actions: any(), resources: any(), ..Statement::default() };
    PolicyDocument { statements: vec![statement] }
}

/// A pattern matches its own text, with more around it too, and a statement is about what it names.
fn patterns(statement: &Statement) {
    let Statement { actions, resources, not_actions, not_resources, .. } = statement;
    for text in actions.iter().chain(resources) {
        assert!(matches(text, text), "a pattern does not match its own text");
        assert!(matches(&format!("*{text}*"), text), "a wider pattern does not match");
    }
    if let (Some(action), Some(resource), true, true) =
        (actions.first(), resources.first(), not_actions.is_empty(), not_resources.is_empty())
    {
        assert!(covers(statement, action, resource), "a statement is not about what it names");
    }
}
