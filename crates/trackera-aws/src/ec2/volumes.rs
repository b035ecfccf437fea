//! EBS volumes.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Volume as Source;
use trackera_core::resource::Volume;
use trackera_core::schema::Demand;

use super::{PAGE_SIZE, tags};
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{self, moment, text};
use crate::lists::Page;

const LIST: &str = "ec2:DescribeVolumes";

/// Collects volumes.
pub(super) async fn collect(place: &Place<'_>, client: &Client, demand: &Demand) -> Part {
    let request = |token| client.describe_volumes().max_results(PAGE_SIZE).set_next_token(token).send();
    let found = |volume: Source| Found::new(volume.volume_id.clone(), body(volume));
    let listed = place.list(LIST, None, request, |page| Page::by_token(page.volumes, page.next_token).map(found)).await;
    let mut part = Part::default();
    part.add_wanted(place, demand, LIST, listed);
    part
}

fn body(volume: Source) -> Option<(String, Volume)> {
    let attachments = volume.attachments.unwrap_or_default();
    let attributes = Volume {
        encrypted: volume.encrypted?,
        kms_key_id: text(volume.kms_key_id),
        state: volume.state?.as_str().to_owned(),
        size: volume.size?.into(),
        create_time: moment(volume.create_time.as_ref()?)?,
        attached_to: attachments.into_iter().filter_map(|attachment| text(attachment.instance_id)).collect(),
        tags: tags(volume.tags),
    };
    let name = convert::name(&attributes.tags, &volume.volume_id?);
    Some((name, attributes))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::VolumeState;
    use aws_smithy_types::DateTime;

    use super::*;

    #[test]
    fn a_volume_that_does_not_say_whether_it_is_encrypted_is_not_usable() {
        let volume =
            Source::builder().volume_id("vol-1").state(VolumeState::InUse).size(8).create_time(DateTime::from_secs(0));
        assert!(body(volume.clone().build()).is_none());
        assert!(body(volume.encrypted(true).build()).is_some());
    }
}
