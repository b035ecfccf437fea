//! What the service is about to do to databases, in one list for each region.

use std::collections::BTreeMap;

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_pending_maintenance_actions::DescribePendingMaintenanceActionsOutput;
use aws_sdk_rds::types::{PendingMaintenanceAction, ResourcePendingMaintenanceActions};
use trackera_core::resource::{ErrorClass, Gap, PendingMaintenance};

use super::PAGE_SIZE;
use crate::call::Place;
use crate::convert::optional_moment;
use crate::lists::Page;

pub(super) const LIST: &str = "rds:DescribePendingMaintenanceActions";

/// What is pending, by the ARN of the database; a database that is not named has nothing pending.
pub(super) type Pending = Result<BTreeMap<String, Vec<PendingMaintenance>>, Gap>;

/// Reads the list.
pub(super) async fn read(place: &Place<'_>, client: &Client) -> Pending {
    let request =
        |marker| client.describe_pending_maintenance_actions().max_records(PAGE_SIZE).set_marker(marker).send();
    let open =
        |page: DescribePendingMaintenanceActionsOutput| Page::by_token(page.pending_maintenance_actions, page.marker);
    let listed = place.list(LIST, None, request, open).await;
    listed.whole()?;
    let pending = listed.items.into_iter().map(of_resource).collect::<Option<_>>();
    pending.ok_or_else(|| place.gap(LIST, None, ErrorClass::MalformedAnswer))
}

fn of_resource(source: ResourcePendingMaintenanceActions) -> Option<(String, Vec<PendingMaintenance>)> {
    let actions = source.pending_maintenance_action_details.unwrap_or_default();
    Some((source.resource_identifier?, actions.into_iter().map(action).collect::<Option<_>>()?))
}

fn action(action: PendingMaintenanceAction) -> Option<PendingMaintenance> {
    Some(PendingMaintenance {
        auto_applied_after_date: optional_moment(action.auto_applied_after_date.as_ref())?,
        forced_apply_date: optional_moment(action.forced_apply_date.as_ref())?,
        action: action.action?,
    })
}
