//! Who is an administrator of a small account: found by spreading, and once more by asking for every pair.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::slow::{self, Ask, Context, Named, Who};
use proptest::prelude::*;
use trackera_core::identity::{Account, Grants, Holdings, Identity, Kind, RoleSide, Standing, Trust, standings};
use trackera_core::resource::{PolicyDocument, Statement};

const ACCOUNT: &str = "111111111111";
const NAMES: [(Kind, &str); 5] =
    [(Kind::User, "ada"), (Kind::User, "bob"), (Kind::Role, "one"), (Kind::Role, "two"), (Kind::Role, "three")];
const SERVICES: [&str; 2] = ["ec2.amazonaws.com", "lambda.amazonaws.com"];

#[derive(Clone, Debug)]
struct Person {
    kind: Kind,
    arn: String,
    policy: PolicyDocument,
    boundary: Option<PolicyDocument>,
    trust: PolicyDocument,
    has_instance_profile: bool,
}

fn statement(denies: bool) -> impl Strategy<Value = Statement> {
    let effects = if denies { vec!["Allow", "Allow", "Deny"] } else { vec!["Allow"] };
    let actions = slow::some(
        &[
            "sts:AssumeRole",
            "sts:*",
            "iam:PassRole",
            "ec2:RunInstances",
            "lambda:*Function",
            "lambda:UpdateFunctionCode",
            "iam:CreateAccessKey",
            "iam:PutUserPolicy",
            "IAM:Update*",
            "s3:*",
        ],
        3,
    );
    let resources = slow::some(
        &[
            "*",
            "arn:aws:iam::111111111111:role/*",
            "arn:aws:iam::111111111111:role/one",
            "arn:aws:iam::111111111111:role/t*",
            "arn:aws:iam::111111111111:user/a*",
            "arn:aws:iam::111111111111:user/bob",
        ],
        2,
    );
    let conditions = prop::option::weighted(
        0.3,
        prop::sample::select(vec![
            ("Bool", "aws:MultiFactorAuthPresent", "true"),
            ("StringEquals", "aws:PrincipalArn", "arn:aws:iam::111111111111:user/ada"),
            ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::111111111111:role/t*"),
            ("StringEquals", "iam:PassedToService", "lambda.amazonaws.com"),
        ])
        .prop_map(slow::condition),
    );
    let not_actions = prop::bool::weighted(0.05);
    (prop::sample::select(effects), actions, resources, conditions, not_actions).prop_map(
        |(effect, actions, resources, conditions, not_actions)| {
            let (actions, not_actions) = if not_actions { (Vec::new(), actions) } else { (actions, Vec::new()) };
            let conditions = conditions.into_iter().collect();
            let effect = effect.to_owned();
            Statement { effect, actions, not_actions, resources, conditions, ..Statement::default() }
        },
    )
}

fn policy(denies: bool) -> impl Strategy<Value = PolicyDocument> {
    prop::collection::vec(statement(denies), 0..3).prop_map(|statements| PolicyDocument { statements })
}

fn trust(denies: bool) -> impl Strategy<Value = PolicyDocument> {
    let principals = slow::some(
        &[
            "AWS:111111111111",
            "AWS:arn:aws:iam::111111111111:root",
            "AWS:arn:aws:iam::111111111111:user/ada",
            "AWS:arn:aws:iam::111111111111:role/two",
            "AWS:222222222222",
            "Service:ec2.amazonaws.com",
            "Service:lambda.amazonaws.com",
        ],
        2,
    );
    let conditions = prop::option::weighted(
        0.2,
        prop::sample::select(vec![
            ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::111111111111:role/t*"),
            ("StringEquals", "sts:ExternalId", "x"),
        ])
        .prop_map(slow::condition),
    );
    let effects = if denies { vec!["Allow", "Allow", "Allow", "Deny"] } else { vec!["Allow"] };
    let effect = prop::sample::select(effects);
    let statement = (effect, principals, conditions).prop_map(|(effect, principals, conditions)| Statement {
        effect: effect.to_owned(),
        principals,
        actions: vec!["sts:AssumeRole".to_owned()],
        conditions: conditions.into_iter().collect(),
        ..Statement::default()
    });
    prop::collection::vec(statement, 0..3).prop_map(|statements| PolicyDocument { statements })
}

fn people(denies: bool) -> impl Strategy<Value = Vec<Person>> {
    let person = move |(kind, name): (Kind, &'static str)| {
        let boundary = prop::option::weighted(0.2, policy(false));
        (policy(denies), boundary, trust(denies), any::<bool>()).prop_map(move |(policy, boundary, trust, profile)| {
            let word = if kind == Kind::User { "user" } else { "role" };
            let arn = format!("arn:aws:iam::{ACCOUNT}:{word}/{name}");
            Person { kind, arn, policy, boundary, trust, has_instance_profile: profile }
        })
    };
    NAMES.map(person).into_iter().collect::<Vec<_>>()
}

impl Person {
    fn who(&self) -> Who<'_> {
        Who { account: Some(ACCOUNT), arn: Some(&self.arn) }
    }

    fn contexts(&self, service: Option<&str>) -> Vec<Context> {
        let mut context = Context::from([("aws:principalarn", self.arn.clone())]);
        context.extend(service.map(|service| ("iam:passedtoservice", service.to_owned())));
        let mut with = context.clone();
        with.insert("aws:multifactorauthpresent", "true".to_owned());
        with.insert("sts:externalid", "x".to_owned());
        vec![context, with]
    }

    fn permits(&self, ask: &Ask<'_>) -> bool {
        let about = |document: &PolicyDocument, effect: &str| {
            document.statements.iter().any(|one| one.effect == effect && slow::applies(one, ask))
        };
        !about(&self.policy, "Deny")
            && about(&self.policy, "Allow")
            && self.boundary.as_ref().is_none_or(|boundary| about(boundary, "Allow"))
    }

    fn may(&self, action: &str, resource: &str, service: Option<&str>) -> bool {
        self.contexts(service).iter().any(|context| self.permits(&Ask { action, resource, context }))
    }

    fn may_assume(&self, role: &Self) -> bool {
        self.contexts(None).iter().any(|context| {
            let ask = Ask { action: "sts:AssumeRole", resource: &role.arn, context };
            let about = |document: &PolicyDocument, effect: &str| {
                document.statements.iter().any(|one| one.effect == effect && slow::applies(one, &ask))
            };
            let silent = self.boundary.as_ref().is_some_and(|boundary| !about(boundary, "Allow"));
            match slow::resource_policy(&role.trust, &self.who(), &ask) {
                Named::No => false,
                Named::Account => self.permits(&ask),
                Named::Self_ => !about(&self.policy, "Deny") && (self.kind == Kind::User || !silent),
            }
        })
    }

    fn trusts(&self, service: &str) -> bool {
        let named = format!("Service:{service}");
        self.trust.statements.iter().any(|one| one.effect == "Allow" && one.principals.contains(&named))
    }

    /// Actions that change what users or roles may do, and that the generated policies speak of.
    fn is_administrator(&self, all: &[Self]) -> bool {
        all.iter().any(|one| match one.kind {
            Kind::User => {
                ["iam:PutUserPolicy", "iam:AttachUserPolicy"].iter().any(|action| self.may(action, &one.arn, None))
            }
            _ => ["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy"]
                .iter()
                .any(|action| self.may(action, &one.arn, None)),
        })
    }

    fn gains_by(&self, other: &Self) -> bool {
        if other.kind == Kind::User {
            return ["iam:CreateAccessKey", "iam:UpdateLoginProfile"].iter().any(|one| self.may(one, &other.arn, None));
        }
        let runs = |service: &str| match service {
            "ec2.amazonaws.com" => other.has_instance_profile && self.may("ec2:RunInstances", "*", None),
            _ => ["lambda:CreateFunction", "lambda:InvokeFunction"].iter().all(|call| self.may(call, "*", None)),
        };
        let passes = |service: &&str| {
            other.trusts(service) && runs(service) && self.may("iam:PassRole", &other.arn, Some(service))
        };
        let rewrites = other.trusts(SERVICES[1]) && self.may("lambda:UpdateFunctionCode", "*", None);
        self.may_assume(other) || rewrites || SERVICES.iter().any(passes)
    }
}

fn slow_administrators(people: &[Person]) -> BTreeSet<usize> {
    let mut found: BTreeSet<usize> =
        (0..people.len()).filter(|index| people[*index].is_administrator(people)).collect();
    loop {
        let more = (0..people.len()).filter(|index| {
            !found.contains(index) && found.iter().any(|other| people[*index].gains_by(&people[*other]))
        });
        let more: Vec<usize> = more.collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

fn administrators(people: &[Person]) -> BTreeSet<usize> {
    let identity = |(person, (kind, name)): (&Person, (Kind, &str))| Identity {
        kind,
        name: name.to_owned(),
        arn: Ok(person.arn.clone()),
        holdings: Ok(Holdings {
            documents: vec![("a policy".into(), Arc::new(Grants::of(&person.policy)))],
            boundary: person.boundary.as_ref().map(|boundary| Arc::new(Grants::of(boundary))),
        }),
        role: (kind == Kind::Role).then(|| RoleSide {
            trust: Ok(Trust::of(&person.trust, ACCOUNT)),
            has_instance_profile: Ok(person.has_instance_profile),
        }),
    };
    let identities = people.iter().zip(NAMES).map(identity).collect();
    let account = Account { id: ACCOUNT.to_owned(), identities, missing: BTreeMap::new() };
    let standings = standings(&account).into_iter().enumerate();
    standings.filter(|(_, one)| matches!(one, Standing::Administrator(_))).map(|(index, _)| index).collect()
}

proptest! {
    #![proptest_config(slow::cases())]

    #[test]
    fn whoever_can_become_an_administrator_is_found(people in people(true)) {
        let missed: Vec<usize> = slow_administrators(&people).difference(&administrators(&people)).copied().collect();
        prop_assert!(missed.is_empty(), "missed {:?}", missed);
    }

    /// A Deny on a part of the account takes away less here than it does request by request, so there are none.
    #[test]
    fn without_denies_nobody_else_is_found(people in people(false)) {
        prop_assert_eq!(administrators(&people), slow_administrators(&people));
    }
}
