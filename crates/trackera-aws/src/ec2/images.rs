//! Machine images that the account owns, and who may start servers from them.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Image as Source, ImageAttributeName, LaunchPermission};
use jiff::Timestamp;
use trackera_core::resource::{ErrorClass, Gap, Image};
use trackera_core::schema::Demand;

use super::{PAGE_SIZE, tags};
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::text;
use crate::lists::Page;

const LIST: &str = "ec2:DescribeImages";
const PERMISSIONS: &str = "ec2:DescribeImageAttribute";

/// Collects images, disabled ones included: they can be enabled again.
pub(super) async fn collect(place: &Place<'_>, client: &Client, demand: &Demand) -> Part {
    let request = |token| {
        let request = client.describe_images().owners("self").include_disabled(true);
        request.max_results(PAGE_SIZE).set_next_token(token).send()
    };
    let found = |image: Source| Found::new(image.image_id.clone(), body(place, image));
    let mut listed =
        place.list(LIST, None, request, |page| Page::by_token(page.images, page.next_token).map(found)).await;
    let permissions = |id: String, _: &_| async move { permissions(place, client, &id).await };
    listed.ask(permissions, |image, permissions| image.launch_permissions = permissions).await;
    let mut part = Part::default();
    part.add_wanted(place, demand, LIST, listed);
    part
}

async fn permissions(place: &Place<'_>, client: &Client, id: &str) -> Result<Vec<String>, Gap> {
    let request = || {
        let request = client.describe_image_attribute().image_id(id);
        request.attribute(ImageAttributeName::LaunchPermission).send()
    };
    let answer = place.call(PERMISSIONS, Some(id), request).await?;
    let holders = answer.launch_permissions.and_then(holders);
    holders.ok_or_else(|| place.gap(PERMISSIONS, Some(id), ErrorClass::MalformedAnswer))
}

/// Account ids, ARNs of organisations and their units, and `all`; a permission that names none cannot be understood.
fn holders(permissions: Vec<LaunchPermission>) -> Option<Vec<String>> {
    let holder = |permission: LaunchPermission| {
        let group = permission.group.map(|group| group.as_str().to_owned());
        let organization = permission.organization_arn.or(permission.organizational_unit_arn);
        text(group.or(permission.user_id).or(organization))
    };
    permissions.into_iter().map(holder).collect()
}

fn body(place: &Place<'_>, image: Source) -> Option<(String, Image)> {
    let disks = image.block_device_mappings.unwrap_or_default();
    let attributes = Image {
        state: image.state?.as_str().to_owned(),
        public: image.public?,
        creation_date: written_moment(image.creation_date)?,
        deprecation_time: written_moment(image.deprecation_time)?,
        snapshot_ids: disks.into_iter().filter_map(|disk| text(disk.ebs?.snapshot_id)).collect(),
        launch_permissions: place.unread(PERMISSIONS),
        tags: tags(image.tags),
    };
    let id = image.image_id?;
    Some((text(image.name).unwrap_or(id), attributes))
}

/// A moment that EC2 gives as text; the outer `None` is text that is no moment.
fn written_moment(moment: Option<String>) -> Option<Option<Timestamp>> {
    text(moment).map(|moment| moment.parse().ok()).map_or(Some(None), |parsed: Option<Timestamp>| parsed.map(Some))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::PermissionGroup;

    use super::*;

    #[test]
    fn everybody_and_whole_organisations_are_among_the_holders() {
        let all = LaunchPermission::builder().group(PermissionGroup::All).build();
        let account = LaunchPermission::builder().user_id("111122223333").build();
        let unit = LaunchPermission::builder().organizational_unit_arn("arn:aws:organizations::1:ou/o/ou").build();
        let expected = ["all", "111122223333", "arn:aws:organizations::1:ou/o/ou"];
        assert_eq!(holders(vec![all, account, unit]).unwrap(), expected);
        assert_eq!(holders(vec![LaunchPermission::builder().build()]), None);
    }

    #[test]
    fn a_date_that_cannot_be_read_is_not_taken_for_an_absent_one() {
        let read = |text: Option<&str>| written_moment(text.map(str::to_owned));
        assert_eq!(read(None), Some(None));
        assert_eq!(read(Some("2026-08-01T10:00:00.000Z")), Some(Some("2026-08-01T10:00:00Z".parse().unwrap())));
        assert_eq!(read(Some("yesterday")), None);
    }
}
