//! The account's authorization details: users, groups, roles and policies with all that they grant, in one list.

use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput as Output;
use aws_sdk_iam::types::{GroupDetail, ManagedPolicyDetail, RoleDetail, UserDetail};
use trackera_core::resource::{ErrorClass, Gap};

use super::PAGE_SIZE;
use crate::call::Place;
use crate::lists::Page;

pub(super) const LIST: &str = "iam:GetAccountAuthorizationDetails";

/// The details as far as they could be read.
#[derive(Debug, Default)]
pub(super) struct Details {
    pub(super) users: Vec<UserDetail>,
    pub(super) groups: Vec<GroupDetail>,
    pub(super) roles: Vec<RoleDetail>,
    pub(super) policies: Vec<ManagedPolicyDetail>,
    pub(super) gaps: Vec<Gap>,
}

impl Details {
    /// Reads all pages.
    pub(super) async fn read(place: &Place<'_>, client: &Client) -> Self {
        let request =
            |marker| client.get_account_authorization_details().max_items(PAGE_SIZE).set_marker(marker).send();
        let open = |mut page: Output| {
            let marker = page.marker.take();
            let truncated = page.is_truncated;
            Page::by_flag(has_a_list(&page).then(|| vec![page]), truncated, marker)
        };
        let pages = place.list(LIST, None, request, open).await;
        let mut details = Self { gaps: pages.gaps, ..Self::default() };
        for page in pages.items {
            details.users.extend(page.user_detail_list.unwrap_or_default());
            details.groups.extend(page.group_detail_list.unwrap_or_default());
            details.roles.extend(page.role_detail_list.unwrap_or_default());
            details.policies.extend(page.policies.unwrap_or_default().into_iter().map(in_force));
        }
        details
    }

    /// The details of a user, if the list is whole: half a list may lack the half that matters.
    pub(super) fn user(&self, place: &Place<'_>, name: &str) -> Result<&UserDetail, Gap> {
        if let Some(gap) = self.gaps.first() {
            return Err(gap.clone());
        }
        let user = self.users.iter().find(|user| user.user_name() == Some(name));
        user.ok_or_else(|| place.gap(LIST, Some(name), ErrorClass::Disappeared))
    }

    /// Tells whether a policy is attached to something or bounds it.
    pub(super) fn is_used(&self, policy: &ManagedPolicyDetail) -> bool {
        let counted =
            policy.attachment_count.unwrap_or_default() + policy.permissions_boundary_usage_count.unwrap_or_default();
        counted > 0 || policy.arn().is_some_and(|arn| self.attachments(arn) > 0)
    }

    /// How many users, groups and roles a policy is attached to, counted here.
    pub(super) fn attachments(&self, arn: &str) -> i64 {
        let users = self.users.iter().map(UserDetail::attached_managed_policies);
        let groups = self.groups.iter().map(GroupDetail::attached_managed_policies);
        let roles = self.roles.iter().map(RoleDetail::attached_managed_policies);
        let holders = users.chain(groups).chain(roles);
        let attached = holders.filter(|policies| policies.iter().any(|policy| policy.policy_arn() == Some(arn)));
        attached.map(|_| 1).sum()
    }
}

/// A policy with the version that is in force alone: the others are most of the answer.
fn in_force(mut policy: ManagedPolicyDetail) -> ManagedPolicyDetail {
    policy.policy_version_list.iter_mut().for_each(|versions| versions.retain(|version| version.is_default_version));
    policy
}

/// A page without any of its lists is no page of this operation.
fn has_a_list(page: &Output) -> bool {
    page.user_detail_list.is_some()
        || page.group_detail_list.is_some()
        || page.role_detail_list.is_some()
        || page.policies.is_some()
}
