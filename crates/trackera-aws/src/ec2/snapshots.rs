//! EBS snapshots that the account owns, and whom they are shared with.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_snapshots::DescribeSnapshotsOutput;
use aws_sdk_ec2::types::{CreateVolumePermission, Snapshot as Source, SnapshotAttributeName};
use trackera_core::resource::{ErrorClass, Gap, Snapshot};
use trackera_core::schema::Demand;

use super::{PAGE_SIZE, tags};
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{self, moment, text};
use crate::lists::Page;

const LIST: &str = "ec2:DescribeSnapshots";
const PERMISSIONS: &str = "ec2:DescribeSnapshotAttribute";

/// Collects snapshots.
pub(super) async fn collect(place: &Place<'_>, client: &Client, demand: &Demand) -> Part {
    let request =
        |token| client.describe_snapshots().owner_ids("self").max_results(PAGE_SIZE).set_next_token(token).send();
    let found = |snapshot: Source| Found::new(snapshot.snapshot_id.clone(), body(place, snapshot));
    let open = |page: DescribeSnapshotsOutput| Page::by_token(page.snapshots, page.next_token).map(found);
    let mut listed = place.list(LIST, None, request, open).await;
    let permissions = |id: String, _: &_| async move { permissions(place, client, &id).await };
    listed.ask(permissions, |snapshot, permissions| snapshot.create_volume_permissions = permissions).await;
    let mut part = Part::default();
    part.add_wanted(place, demand, LIST, listed);
    part
}

async fn permissions(place: &Place<'_>, client: &Client, id: &str) -> Result<Vec<String>, Gap> {
    let request = || {
        let request = client.describe_snapshot_attribute().snapshot_id(id);
        request.attribute(SnapshotAttributeName::CreateVolumePermission).send()
    };
    let answer = place.call(PERMISSIONS, Some(id), request).await?;
    let holders = answer.create_volume_permissions.and_then(holders);
    holders.ok_or_else(|| place.gap(PERMISSIONS, Some(id), ErrorClass::MalformedAnswer))
}

/// Account ids and `all`; a permission that names neither cannot be understood.
fn holders(permissions: Vec<CreateVolumePermission>) -> Option<Vec<String>> {
    let holder = |permission: CreateVolumePermission| {
        let group = permission.group.map(|group| group.as_str().to_owned());
        group.or(permission.user_id).filter(|holder| !holder.is_empty())
    };
    permissions.into_iter().map(holder).collect()
}

fn body(place: &Place<'_>, snapshot: Source) -> Option<(String, Snapshot)> {
    let attributes = Snapshot {
        encrypted: snapshot.encrypted?,
        kms_key_id: text(snapshot.kms_key_id),
        state: snapshot.state?.as_str().to_owned(),
        volume_id: text(snapshot.volume_id),
        volume_size: snapshot.volume_size?.into(),
        start_time: moment(snapshot.start_time.as_ref()?)?,
        create_volume_permissions: place.unread(PERMISSIONS),
        tags: tags(snapshot.tags),
    };
    let name = convert::name(&attributes.tags, &snapshot.snapshot_id?);
    Some((name, attributes))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::PermissionGroup;

    use super::*;

    #[test]
    fn everybody_is_one_of_the_holders() {
        let all = CreateVolumePermission::builder().group(PermissionGroup::All).build();
        let account = CreateVolumePermission::builder().user_id("111122223333").build();
        assert_eq!(holders(vec![all, account]).unwrap(), ["all", "111122223333"]);
        assert_eq!(holders(vec![CreateVolumePermission::builder().build()]), None);
    }
}
