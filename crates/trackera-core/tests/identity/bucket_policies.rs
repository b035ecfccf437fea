//! What is said of a bucket policy as a whole holds for every single request of a small world.

use crate::slow::{self, Ask, Context, Named, Who};
use proptest::prelude::*;
use trackera_core::identity::{denies_plain_transport, public_grants};
use trackera_core::resource::{Condition, PolicyDocument, Statement};

const BUCKET: &str = "arn:aws:s3:::dumps";
const ACTIONS: [&str; 5] = ["s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "s3:ListBucket", "s3:RestoreObject"];
const RESOURCES: [&str; 4] = [BUCKET, "arn:aws:s3:::dumps/a", "arn:aws:s3:::dumps/p/b", "arn:aws:s3:::dumps/p/"];

const CONDITIONS: [(&str, &str, &str); 14] = [
    ("Bool", "aws:SecureTransport", "false"),
    ("BoolIfExists", "AWS:securetransport", "false"),
    ("Bool", "aws:SecureTransport", "true"),
    ("Null", "aws:SecureTransport", "false"),
    ("StringEquals", "aws:SourceVpce", "vpce-1"),
    ("StringEqualsIfExists", "aws:SourceVpce", "vpce-1"),
    ("StringLike", "aws:SourceVpce", "vpce-*"),
    ("StringNotEquals", "aws:SourceVpce", "vpce-1"),
    ("Null", "aws:SourceVpce", "true"),
    ("StringEquals", "aws:PrincipalAccount", "222222222222"),
    ("StringNotEquals", "aws:PrincipalAccount", "222222222222"),
    ("StringEquals", "aws:Referer", "x"),
    ("IpAddress", "aws:SourceIp", "8.0.0.0/6"),
    ("IpAddress", "aws:SourceIp", "198.51.100.0/24"),
];

fn principals() -> impl Strategy<Value = Vec<String>> {
    slow::some(&["*", "AWS:*", "AWS:222222222222", "AWS:arn:aws:iam::222222222222:user/ada"], 2)
}

fn statement() -> impl Strategy<Value = Statement> {
    let effect = prop::sample::select(vec!["Allow", "Deny", "Deny"]).prop_map(str::to_owned);
    let actions = slow::some(&["*", "s3:*", "S3:*", "s3:Get*", "s3:GetObject", "s3:Put?bject", "s3:List*", "sts:*"], 2);
    let resources = slow::some(
        &["*", "arn:aws:s3:::*", BUCKET, "arn:aws:s3:::dumps/*", "arn:aws:s3:::dumps/p/*", "arn:aws:s3:::dumps*"],
        2,
    );
    let conditions = prop::collection::vec(prop::sample::select(CONDITIONS.to_vec()).prop_map(slow::condition), 0..3);
    let negated = || prop::bool::weighted(0.2);
    (effect, principals(), actions, resources, conditions, (negated(), negated(), prop::bool::weighted(0.1))).prop_map(
        |(effect, principals, actions, resources, conditions, (not_action, not_resource, not_principal))| {
            let mut statement = Statement { effect, conditions, ..Statement::default() };
            *if not_action { &mut statement.not_actions } else { &mut statement.actions } = actions;
            *if not_resource { &mut statement.not_resources } else { &mut statement.resources } = resources;
            *if not_principal { &mut statement.not_principals } else { &mut statement.principals } = principals;
            statement
        },
    )
}

fn document() -> impl Strategy<Value = PolicyDocument> {
    prop::collection::vec(statement(), 1..4).prop_map(|statements| PolicyDocument { statements })
}

/// The statement that people copy, sometimes with a change, among others.
fn nearly_canonical() -> impl Strategy<Value = PolicyDocument> {
    let deny = (statement(), any::<[bool; 4]>()).prop_map(|(mut one, keep)| {
        one.effect = "Deny".to_owned();
        one.not_principals.clear();
        one.principals = vec!["*".to_owned()];
        if keep[0] || keep[1] {
            one.conditions = vec![slow::condition(CONDITIONS[0])];
        }
        if keep[2] {
            one.not_actions.clear();
            one.actions = vec!["s3:*".to_owned()];
        }
        if keep[3] {
            one.not_resources.clear();
            one.resources = vec![BUCKET.to_owned(), format!("{BUCKET}/*")];
        }
        one
    });
    prop::collection::vec(deny, 1..4).prop_map(|statements| PolicyDocument { statements })
}

/// Every combination of values of some keys; an empty value is an absent key.
fn contexts(keys: &[(&'static str, &[&str])]) -> Vec<Context> {
    let mut all = vec![Context::new()];
    for (key, values) in keys {
        let with = |context: &Context| -> Vec<Context> {
            let extended = values.iter().map(|value| {
                let mut context = context.clone();
                if !value.is_empty() {
                    context.insert(key, (*value).to_owned());
                }
                context
            });
            extended.collect()
        };
        all = all.iter().flat_map(with).collect();
    }
    all
}

fn asks(contexts: &[Context]) -> impl Iterator<Item = Ask<'_>> {
    contexts.iter().flat_map(|context| {
        ACTIONS.iter().flat_map(move |action| RESOURCES.iter().map(move |resource| Ask { action, resource, context }))
    })
}

const ADA: Who<'_> = Who { account: Some("222222222222"), arn: Some("arn:aws:iam::222222222222:user/ada") };
const STRANGERS: [Who<'_>; 2] = [
    Who { account: None, arn: None },
    Who { account: Some("999999999999"), arn: Some("arn:aws:iam::999999999999:user/x") },
];

fn all_plain_requests_are_denied(document: &PolicyDocument) -> bool {
    let contexts = contexts(&[
        ("aws:securetransport", &["false"]),
        ("aws:sourcevpce", &["", "vpce-1", "vpce-9"]),
        ("aws:principalaccount", &["", "222222222222", "999999999999"]),
        ("aws:referer", &["", "x"]),
        ("aws:sourceip", &["8.8.8.8", "198.51.100.7"]),
    ]);
    let everybody = [ADA, STRANGERS[0], STRANGERS[1]];
    asks(&contexts).all(|ask| everybody.iter().all(|who| slow::denied(document, who, &ask)))
}

/// The actions that some stranger may do in some way that strangers can choose.
fn public_actions(document: &PolicyDocument) -> Vec<&'static str> {
    let mut found = Vec::new();
    for who in STRANGERS {
        let contexts = contexts(&[
            ("aws:securetransport", &["true", "false"]),
            ("aws:sourcevpce", &["", "vpce-9"]),
            ("aws:principalaccount", &[who.account.unwrap_or("")]),
            ("aws:referer", &["", "x"]),
            ("aws:sourceip", &["8.8.8.8"]),
        ]);
        for action in ACTIONS {
            let mut asks = asks(&contexts).filter(|ask| ask.action == action);
            if asks.any(|ask| slow::resource_policy(document, &who, &ask) == Named::Self_) {
                found.push(action);
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(slow::cases())]

    #[test]
    fn where_transport_is_enforced_every_plain_request_is_denied(
        document in prop_oneof![1 => document(), 3 => nearly_canonical()],
    ) {
        prop_assert!(!denies_plain_transport(&document, BUCKET) || all_plain_requests_are_denied(&document));
    }

    /// Statements that share the work by conditions or principals are not seen through, so there are none.
    #[test]
    fn where_every_plain_request_is_denied_transport_is_enforced(document in nearly_canonical()) {
        let plain = |one: &Condition| one.key.eq_ignore_ascii_case("aws:SecureTransport");
        let statements = document.statements.into_iter().filter(|one| one.conditions.iter().all(plain));
        let document = PolicyDocument { statements: statements.collect() };
        prop_assert_eq!(denies_plain_transport(&document, BUCKET), all_plain_requests_are_denied(&document));
    }

    #[test]
    fn whatever_a_stranger_may_do_is_public(document in document()) {
        let grants = public_grants(&document);
        for action in public_actions(&document) {
            let named = |pattern: &str| slow::glob(&pattern.to_lowercase(), &action.to_lowercase());
            let said = grants.iter().any(|grant| grant.action.starts_with("every action but") || named(&grant.action));
            prop_assert!(said, "{} is not among {:?}", action, grants);
        }
    }

    #[test]
    fn without_denies_only_what_a_stranger_may_do_is_public(document in document()) {
        let allows = document.statements.into_iter().filter(|one| one.effect == "Allow");
        let document = PolicyDocument { statements: allows.collect() };
        let within = |one: &&Statement| {
            // The small world has nothing of other services, and no bucket but one. Two conditions that together leave
            // out strangers are not seen through.
            one.conditions.len() < 2 && one.not_actions.is_empty() && one.not_resources.is_empty() && !one.actions.iter().any(|one| one == "sts:*")
        };
        let inside = document.statements.iter().filter(within).count() == document.statements.len();
        if inside {
            prop_assert_eq!(public_grants(&document).is_empty(), public_actions(&document).is_empty());
        }
    }
}
