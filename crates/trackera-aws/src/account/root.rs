//! The root user's multi-factor device, if it is a virtual one.

use aws_sdk_iam::Client;
use aws_sdk_iam::operation::list_virtual_mfa_devices::ListVirtualMfaDevicesOutput;
use aws_sdk_iam::types::{AssignmentStatusType, VirtualMfaDevice};
use trackera_core::resource::{ErrorClass, Observed};

use crate::call::Place;
use crate::lists::Page;

const LIST: &str = "iam:ListVirtualMFADevices";
const PAGE_SIZE: i32 = 1000;

/// The serial number of the device, whatever its name is: only whom it is assigned to tells.
pub(super) async fn virtual_mfa_device(place: &Place<'_>, client: &Client) -> Observed<Option<String>> {
    let request = |marker| {
        let request = client.list_virtual_mfa_devices().assignment_status(AssignmentStatusType::Assigned);
        request.max_items(PAGE_SIZE).set_marker(marker).send()
    };
    let open = |page: ListVirtualMfaDevicesOutput| {
        Page::by_flag(Some(page.virtual_mfa_devices), page.is_truncated, page.marker)
    };
    let listed = place.list(LIST, None, request, open).await;
    let malformed = || place.gap(LIST, None, ErrorClass::MalformedAnswer);
    listed.whole().and_then(|devices| of_root(devices).ok_or_else(malformed)).into()
}

/// The root user's device; the outer `None` when a device does not say whose it is.
fn of_root(devices: &[VirtualMfaDevice]) -> Option<Option<String>> {
    let mut of_root = None;
    for device in devices {
        if device.user()?.arn().ends_with(":root") {
            of_root = Some(device.serial_number().to_owned());
        }
    }
    Some(of_root)
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::types::User;
    use aws_smithy_types::DateTime;

    use super::*;

    fn device(serial: &str, user: Option<&str>) -> VirtualMfaDevice {
        let user = user.map(|user| {
            let arn = format!("arn:aws:iam::000000000000:{user}");
            let user = User::builder().arn(arn).user_name("").user_id("1").path("/");
            user.create_date(DateTime::from_secs(0)).build().unwrap()
        });
        VirtualMfaDevice::builder().serial_number(serial).set_user(user).build().unwrap()
    }

    #[test]
    fn the_root_device_is_known_by_its_user_and_not_by_its_name() {
        let devices = [device("mfa/root-account-mfa-device", Some("user/root")), device("mfa/phone", Some("root"))];
        assert_eq!(of_root(&devices), Some(Some("mfa/phone".to_owned())));
        assert_eq!(of_root(&devices[..1]), Some(None));
    }

    #[test]
    fn a_device_that_does_not_say_whose_it_is_may_be_the_root_users() {
        assert_eq!(of_root(&[device("mfa/phone", None)]), None);
    }
}
