//! AWS Backup: vaults and what lies in them, plans, and what was backed up at all.

use aws_sdk_backup::Client;
use aws_sdk_backup::operation::list_protected_resources::ListProtectedResourcesOutput;
use aws_sdk_backup::types::{
    BackupPlansListMember, BackupRule as SourceRule, BackupVaultListMember, ProtectedResource as SourceResource,
    RecoveryPointByBackupVault,
};
use futures_util::future::{FutureExt as _, join_all};
use trackera_core::resource::{
    BackupPlan, BackupRule, BackupVault, ErrorClass, Gap, Kind as _, ProtectedResource, RecoveryPoint,
};
use trackera_core::schema::Demand;

use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{moment, optional_moment, text};
use crate::lists::{Listed, Page};
use crate::request::Request;
use crate::session::Session;
use crate::topics;

const VAULTS: &str = "backup:ListBackupVaults";
const POINTS: &str = "backup:ListRecoveryPointsByBackupVault";
const PLANS: &str = "backup:ListBackupPlans";
const PLAN: &str = "backup:GetBackupPlan";
const PROTECTED: &str = "backup:ListProtectedResources";
const PAGE_SIZE: i32 = 1000;

/// Collects everything of AWS Backup.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let demand = &request.demand;
    let kinds = [BackupVault::NAME, RecoveryPoint::NAME, BackupPlan::NAME, ProtectedResource::NAME];
    if !kinds.iter().any(|kind| demand.wants_kind(kind)) {
        return Part::default();
    }
    let client = &session.backup(&place.region);
    topics::together(vec![
        vaults(place, client, demand).boxed(),
        plans(place, client, demand).boxed(),
        protected(place, client, demand).boxed(),
    ])
    .await
}

async fn vaults(place: &Place<'_>, client: &Client, demand: &Demand) -> Part {
    let fetch = |token| client.list_backup_vaults().max_results(PAGE_SIZE).set_next_token(token).send();
    let listed = place.list(VAULTS, None, fetch, |page| Page::by_token(page.backup_vault_list, page.next_token)).await;
    let mut part = Part::default();
    if demand.wants_kind(RecoveryPoint::NAME) {
        let inside = listed.items.iter().map(|vault| points(place, client, vault.backup_vault_name()));
        let (mut gaps, mut found) = (listed.gaps.clone(), Vec::new());
        for points in join_all(inside).await {
            gaps.extend(points.gaps);
            found.extend(points.items);
        }
        part.add(place, POINTS, gaps, found);
    }
    if demand.wants_kind(BackupVault::NAME) {
        let found =
            listed.items.into_iter().map(|vault| Found::new(vault.backup_vault_name.clone(), vault_body(vault)));
        part.add(place, VAULTS, listed.gaps, found);
    }
    part
}

/// What lies in a vault; of a vault without a name nothing can be known.
async fn points(place: &Place<'_>, client: &Client, vault: Option<&str>) -> Listed<Found<RecoveryPoint>> {
    let Some(vault) = vault else {
        return Listed { items: Vec::new(), gaps: vec![place.gap(VAULTS, None, ErrorClass::MalformedAnswer)] };
    };
    let fetch = |token| {
        let request = client.list_recovery_points_by_backup_vault().backup_vault_name(vault);
        request.max_results(PAGE_SIZE).set_next_token(token).send()
    };
    let found =
        |point: RecoveryPointByBackupVault| Found::new(point.recovery_point_arn.clone(), point_body(vault, point));
    place
        .list(POINTS, Some(vault), fetch, |page| Page::by_token(page.recovery_points, page.next_token).map(found))
        .await
}

async fn plans(place: &Place<'_>, client: &Client, demand: &Demand) -> Part {
    let fetch = |token| client.list_backup_plans().max_results(PAGE_SIZE).set_next_token(token).send();
    let found = |plan: BackupPlansListMember| Found::new(plan.backup_plan_id.clone(), plan_body(place, plan));
    let mut listed =
        place.list(PLANS, None, fetch, |page| Page::by_token(page.backup_plans_list, page.next_token).map(found)).await;
    let rules = |id: String, _: &_| async move { rules(place, client, &id).await };
    listed.ask(rules, |plan, rules| plan.rules = rules).await;
    let mut part = Part::default();
    part.add_wanted(place, demand, PLANS, listed);
    part
}

async fn rules(place: &Place<'_>, client: &Client, id: &str) -> Result<Vec<BackupRule>, Gap> {
    let answer = place.call(PLAN, Some(id), || client.get_backup_plan().backup_plan_id(id).send()).await?;
    let rules = answer.backup_plan.and_then(|plan| plan.rules.into_iter().map(rule).collect());
    rules.ok_or_else(|| place.gap(PLAN, Some(id), ErrorClass::MalformedAnswer))
}

async fn protected(place: &Place<'_>, client: &Client, demand: &Demand) -> Part {
    let fetch = |token| client.list_protected_resources().max_results(PAGE_SIZE).set_next_token(token).send();
    let found = |resource: SourceResource| Found::new(resource.resource_arn.clone(), protected_body(resource));
    let open = |page: ListProtectedResourcesOutput| Page::by_token(page.results, page.next_token).map(found);
    let listed = place.list(PROTECTED, None, fetch, open).await;
    let mut part = Part::default();
    part.add_wanted(place, demand, PROTECTED, listed);
    part
}

fn vault_body(vault: BackupVaultListMember) -> Option<(String, BackupVault)> {
    let attributes = BackupVault {
        arn: vault.backup_vault_arn?,
        encryption_key_arn: text(vault.encryption_key_arn),
        locked: vault.locked?,
        lock_date: optional_moment(vault.lock_date.as_ref())?,
        min_retention_days: vault.min_retention_days,
        number_of_recovery_points: vault.number_of_recovery_points,
    };
    Some((vault.backup_vault_name?, attributes))
}

fn point_body(vault: &str, point: RecoveryPointByBackupVault) -> Option<(String, RecoveryPoint)> {
    let attributes = RecoveryPoint {
        backup_vault_name: vault.to_owned(),
        resource_arn: point.resource_arn?,
        resource_type: point.resource_type?,
        status: point.status?.as_str().to_owned(),
        is_encrypted: point.is_encrypted,
        creation_date: moment(point.creation_date.as_ref()?)?,
        source_backup_vault_arn: text(point.source_backup_vault_arn),
    };
    let arn = point.recovery_point_arn?;
    Some((text(point.resource_name).unwrap_or(arn), attributes))
}

fn plan_body(place: &Place<'_>, plan: BackupPlansListMember) -> Option<(String, BackupPlan)> {
    let last_execution_date = optional_moment(plan.last_execution_date.as_ref())?;
    Some((plan.backup_plan_name?, BackupPlan { last_execution_date, rules: place.unread(PLAN) }))
}

fn rule(rule: SourceRule) -> Option<BackupRule> {
    let copies = rule.copy_actions.unwrap_or_default().into_iter();
    Some(BackupRule {
        rule_name: text(Some(rule.rule_name))?,
        target_backup_vault_name: text(Some(rule.target_backup_vault_name))?,
        schedule_expression: text(rule.schedule_expression),
        // A number below zero stands for a backup that is kept for ever.
        delete_after_days: rule.lifecycle.and_then(|lifecycle| lifecycle.delete_after_days).filter(|&days| days >= 0),
        copy_destinations: copies.map(|copy| text(Some(copy.destination_backup_vault_arn))).collect::<Option<_>>()?,
    })
}

fn protected_body(resource: SourceResource) -> Option<(String, ProtectedResource)> {
    let attributes = ProtectedResource {
        resource_type: resource.resource_type?,
        last_backup_time: optional_moment(resource.last_backup_time.as_ref())?,
    };
    let arn = resource.resource_arn?;
    Some((text(resource.resource_name).unwrap_or(arn), attributes))
}

#[cfg(test)]
mod tests {
    use aws_sdk_backup::types::{CopyAction, Lifecycle};

    use super::*;

    fn kept_for(days: Option<i64>) -> Option<i64> {
        let lifecycle = Lifecycle::builder().set_delete_after_days(days).build();
        let source = SourceRule::builder().rule_name("daily").target_backup_vault_name("main").lifecycle(lifecycle);
        rule(source.build().unwrap()).unwrap().delete_after_days
    }

    #[test]
    fn a_backup_that_is_kept_for_ever_has_no_number_of_days() {
        assert_eq!([kept_for(Some(35)), kept_for(Some(-1)), kept_for(None)], [Some(35), None, None]);
    }

    #[test]
    fn a_rule_that_does_not_say_where_it_copies_to_is_not_usable() {
        let copy = |arn: &str| CopyAction::builder().destination_backup_vault_arn(arn).build().unwrap();
        let source = SourceRule::builder().rule_name("daily").target_backup_vault_name("main");
        assert_eq!(rule(source.clone().copy_actions(copy("arn")).build().unwrap()).unwrap().copy_destinations, ["arn"]);
        assert_eq!(rule(source.copy_actions(copy("")).build().unwrap()), None);
    }
}
