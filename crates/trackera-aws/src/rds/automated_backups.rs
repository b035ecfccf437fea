//! Automated backups, kept beside their instance or replicated into another region.

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_instance_automated_backups::DescribeDbInstanceAutomatedBackupsOutput;
use aws_sdk_rds::types::DbInstanceAutomatedBackup as Source;
use trackera_core::resource::AutomatedBackup;

use super::PAGE_SIZE;
use crate::assemble::Found;
use crate::call::Place;
use crate::convert::optional_moment;
use crate::lists::{Listed, Page};

pub(super) const LIST: &str = "rds:DescribeDBInstanceAutomatedBackups";

pub(super) async fn list(place: &Place<'_>, client: &Client) -> Listed<Found<AutomatedBackup>> {
    let request =
        |marker| client.describe_db_instance_automated_backups().max_records(PAGE_SIZE).set_marker(marker).send();
    // The resource id of the instance names its backups, because a deleted instance's name may be in use again.
    let found = |backup: Source| Found::new(backup.dbi_resource_id.clone(), body(backup));
    let open = |page: DescribeDbInstanceAutomatedBackupsOutput| {
        Page::by_token(page.db_instance_automated_backups, page.marker).map(found)
    };
    place.list(LIST, None, request, open).await
}

fn body(backup: Source) -> Option<(String, AutomatedBackup)> {
    let name = backup.db_instance_identifier?;
    let newest = backup.restore_window.as_ref().and_then(|window| window.latest_time());
    let attributes = AutomatedBackup {
        db_instance_identifier: name.clone(),
        status: backup.status?,
        source_region: backup.region?,
        backup_retention_period: backup.backup_retention_period?.into(),
        encrypted: backup.encrypted?,
        latest_restorable_time: optional_moment(newest)?,
    };
    Some((name, attributes))
}
