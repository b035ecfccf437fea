//! Who is an administrator follows from the documents alone: denying everything leaves nobody, allowing more takes
//! nobody away, and neither order nor repetition matters.
//!
//! Documents are separated by empty lines: the policies of a user, of a role that may be passed to services, of another
//! role and of a group, the trust policies of the roles, a boundary of the user.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use trackera_core::identity::{
    Account, Grants, Holdings, Identity, Kind, RoleSide, Standing, Trust, parse_document, standings,
};
use trackera_core::resource::{PolicyDocument, Statement};

const ACCOUNT: &str = "000000000000";
const NAMES: [(Kind, &str); 4] = [(Kind::User, "ada"), (Kind::Role, "one"), (Kind::Role, "two"), (Kind::Group, "all")];

/// The policies of the four, two trust policies, and a boundary.
type World = [Option<PolicyDocument>; 7];

fuzz_target!(|text: &str| {
    let mut documents = text.split("\n\n").map(|text| parse_document(text).ok());
    let world: World = std::array::from_fn(|_| documents.next().flatten());
    let found = administrators(&world);

    let backwards = changed(&world, 0..7, |one| one.statements.reverse());
    assert_eq!(administrators(&backwards), found, "the order of statements matters");
    let twice = changed(&world, 0..7, |one| one.statements.extend(one.statements.clone()));
    assert_eq!(administrators(&twice), found, "said twice is not said once");
    let more = changed(&world, 0..4, |one| one.statements.push(everything("Allow")));
    assert!(administrators(&more).is_superset(&found), "allowing more took away");
    let none = changed(&world, 0..4, |one| one.statements.push(everything("Deny")));
    assert_eq!(administrators(&none), BTreeSet::new(), "an administrator to whom everything is denied");
});

fn everything(effect: &str) -> Statement {
    let any = || vec!["*".to_owned()];
    Statement { effect: effect.to_owned(), actions: any(), resources: any(), ..Statement::default() }
}

fn changed(world: &World, which: std::ops::Range<usize>, change: impl Fn(&mut PolicyDocument)) -> World {
    let mut world = world.clone();
    for (_, slot) in world.iter_mut().enumerate().filter(|(index, _)| which.contains(index)) {
        // The boundary may be absent; every other document that is missing is one without statements.
        if slot.is_some() || which.end == 4 {
            change(slot.get_or_insert_default());
        }
    }
    world
}

fn administrators(world: &World) -> BTreeSet<usize> {
    let grants = |index: usize| Arc::new(Grants::of(&world[index].clone().unwrap_or_default()));
    let identity = |(index, (kind, name)): (usize, (Kind, &str))| {
        let word = ["user", "role", "role", "group"][index];
        let trust = world.get(index + 3).cloned().flatten().unwrap_or_default();
        let role = RoleSide { trust: Ok(Trust::of(&trust, ACCOUNT)), has_instance_profile: Ok(index == 1) };
        let boundary = world[6].as_ref().filter(|_| kind == Kind::User).map(|one| Arc::new(Grants::of(one)));
        Identity {
            kind,
            name: name.to_owned(),
            arn: Ok(format!("arn:aws:iam::{ACCOUNT}:{word}/{name}")),
            holdings: Ok(Holdings { documents: vec![("a policy".into(), grants(index))], boundary }),
            role: (kind == Kind::Role).then_some(role),
        }
    };
    let identities = NAMES.into_iter().enumerate().map(identity).collect();
    let account = Account { id: ACCOUNT.to_owned(), identities, missing: BTreeMap::new() };
    let found = standings(&account).into_iter().enumerate();
    let administrator = |standing: Standing| match standing {
        Standing::Administrator(why) => {
            assert!(!why.is_empty(), "an administrator without a reason");
            true
        }
        Standing::Ordinary => false,
        Standing::Open(unknown) => panic!("open although all is known: {unknown}"),
    };
    found.filter_map(|(index, standing)| administrator(standing).then_some(index)).collect()
}
