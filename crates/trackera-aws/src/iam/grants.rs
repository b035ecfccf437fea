//! Groups, roles and managed policies, all from the authorization details.

use aws_sdk_iam::types::{GroupDetail, ManagedPolicyDetail, RoleDetail};
use trackera_core::resource::{Group, Kind as _, Observed, Policy, Role};

use super::details::{Details, LIST};
use super::documents;
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{moment, optional_moment, text};
use crate::request::Request;

pub(super) fn add(part: &mut Part, place: &Place<'_>, request: &Request, details: Details) {
    if request.demand.wants_kind(Policy::NAME) {
        let used = details.policies.iter().filter(|policy| details.is_used(policy));
        let found = used.map(|one| Found::new(one.arn.clone(), policy(place, one, &details)));
        part.add(place, LIST, details.gaps.clone(), found);
    }
    if request.demand.wants_kind(Group::NAME) {
        let found = details.groups.into_iter().map(|one| Found::new(one.group_name.clone(), group(place, one)));
        part.add(place, LIST, details.gaps.clone(), found);
    }
    if request.demand.wants_kind(Role::NAME) {
        let found = details.roles.into_iter().map(|one| Found::new(one.role_name.clone(), role(place, one)));
        part.add(place, LIST, details.gaps, found);
    }
}

fn group(place: &Place<'_>, group: GroupDetail) -> Option<(String, Group)> {
    let name = group.group_name.clone()?;
    let attributes = Group {
        create_date: moment(group.create_date.as_ref()?)?,
        attached_policies: documents::attached(place, &name, group.attached_managed_policies()).ok()?,
        inline_policies: Observed::from(documents::inline(place, &name, group.group_policy_list())),
        arn: group.arn?,
    };
    Some((name, attributes))
}

fn role(place: &Place<'_>, role: RoleDetail) -> Option<(String, Role)> {
    let name = role.role_name.clone()?;
    let attributes = Role {
        create_date: moment(role.create_date.as_ref()?)?,
        last_used_date: optional_moment(role.role_last_used().and_then(|used| used.last_used_date()))?,
        instance_profiles: role.instance_profile_list().iter().map(|profile| profile.arn.clone()).collect(),
        assume_role_policy: Observed::from(documents::document(place, &name, role.assume_role_policy_document())),
        attached_policies: documents::attached(place, &name, role.attached_managed_policies()).ok()?,
        inline_policies: Observed::from(documents::inline(place, &name, role.role_policy_list())),
        permissions_boundary: documents::boundary(place, &name, role.permissions_boundary()).ok()?,
        tags: documents::tags(role.tags()),
        arn: role.arn?,
        path: role.path?,
    };
    Some((name, attributes))
}

fn policy(place: &Place<'_>, policy: &ManagedPolicyDetail, details: &Details) -> Option<(String, Policy)> {
    let arn = policy.arn()?;
    let default = policy.policy_version_list().iter().find(|version| version.is_default_version);
    let document = default.and_then(|version| version.document());
    let attributes = Policy {
        attachment_count: policy.attachment_count.map_or_else(|| details.attachments(arn), i64::from),
        document: Observed::from(documents::document(place, arn, document)),
    };
    let last_part = arn.rsplit('/').next().unwrap_or(arn);
    Some((text(policy.policy_name.clone()).unwrap_or_else(|| last_part.to_owned()), attributes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aws_sdk_iam::types::{AttachedPolicy, PolicyVersion, UserDetail};
    use trackera_core::resource::ErrorClass;

    use super::*;
    use crate::call::{Door, Proven};

    const ARN: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

    fn details() -> Details {
        let attached = AttachedPolicy::builder().policy_arn(ARN).build();
        let user = UserDetail::builder().user_name("ada").attached_managed_policies(attached).build();
        Details { users: vec![user], ..Details::default() }
    }

    fn read(source: &ManagedPolicyDetail) -> (String, Policy) {
        let door = Door::new(BTreeSet::new(), 1, &());
        let place = Place::global(&door, "000000000000", Proven::default());
        policy(&place, source, &details()).unwrap()
    }

    #[test]
    fn a_policy_counts_as_used_when_something_names_it_whatever_its_own_count_says() {
        let named = ManagedPolicyDetail::builder().arn(ARN).attachment_count(0).build();
        let unused = ManagedPolicyDetail::builder().arn("arn:aws:iam::aws:policy/Other").build();
        assert!(details().is_used(&named));
        assert!(!details().is_used(&unused));
    }

    #[test]
    fn a_policy_is_read_by_its_default_version_and_named_by_its_arn_if_need_be() {
        let version = |text: &str, default| PolicyVersion::builder().document(text).is_default_version(default).build();
        let old = version(r#"{"Statement":{"Effect":"Deny","Action":"*"}}"#, false);
        let new = version(r#"{"Statement":{"Effect":"Allow","Action":"*"}}"#, true);
        let source = ManagedPolicyDetail::builder().arn(ARN).policy_version_list(old).policy_version_list(new);
        let (name, policy) = read(&source.build());
        assert_eq!((name.as_str(), policy.attachment_count), ("ReadOnlyAccess", 1));
        assert_eq!(policy.document.known().unwrap().statements[0].effect, "Allow");
    }

    #[test]
    fn a_policy_without_a_default_version_is_unknown() {
        let (_, policy) = read(&ManagedPolicyDetail::builder().arn(ARN).build());
        let Observed::Unknown(gap) = policy.document else { panic!("a document came from nowhere") };
        assert_eq!(gap.error_class, ErrorClass::MalformedAnswer);
    }
}
