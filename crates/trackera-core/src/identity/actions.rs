//! The actions that decide who is an administrator, and how services run programs for those who may pass them a role.

use std::sync::LazyLock;

/// An action by which a principal makes somebody an administrator at once, and the identity that it changes.
pub(super) struct Escalation {
    pub(super) action: &'static str,
    pub(super) target: &'static str,
}

const fn escalation(action: &'static str, target: &'static str) -> Escalation {
    Escalation { action, target }
}

pub(super) const ESCALATIONS: &[Escalation] = &[
    escalation("iam:AttachGroupPolicy", "group"),
    escalation("iam:AttachRolePolicy", "role"),
    escalation("iam:AttachUserPolicy", "user"),
    escalation("iam:CreatePolicyVersion", "policy"),
    escalation("iam:DeleteRolePermissionsBoundary", "role"),
    escalation("iam:DeleteUserPermissionsBoundary", "user"),
    escalation("iam:PutGroupPolicy", "group"),
    escalation("iam:PutRolePermissionsBoundary", "role"),
    escalation("iam:PutRolePolicy", "role"),
    escalation("iam:PutUserPermissionsBoundary", "user"),
    escalation("iam:PutUserPolicy", "user"),
    escalation("iam:SetDefaultPolicyVersion", "policy"),
    escalation("iam:UpdateAssumeRolePolicy", "role"),
];

pub(super) const ASSUME_ROLE: &str = "sts:AssumeRole";
pub(super) const PASS_ROLE: &str = "iam:PassRole";
pub(super) const JOIN_GROUP: &str = "iam:AddUserToGroup";
/// Actions that give credentials of another user to whoever calls them.
pub(super) const CREDENTIALS: &[&str] = &["iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"];
pub(super) const FILL_INSTANCE_PROFILE: &str = "iam:AddRoleToInstanceProfile";
/// Actions that change what a function does whose role was passed before: new code, or a new layer.
pub(super) const REWRITE_FUNCTION: &[&str] = &["lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"];

pub(super) const EC2: &str = "ec2";
pub(super) const LAMBDA: &str = "lambda";

/// What it takes to have a service run something of one's own in a role that one may pass to it.
pub(super) struct Launch {
    /// The service that the role has to trust, by the first part of its name.
    pub(super) service: &'static str,
    /// The calls, all of them.
    pub(super) calls: &'static [&'static str],
}

const fn launch(service: &'static str, calls: &'static [&'static str]) -> Launch {
    Launch { service, calls }
}

pub(super) const LAUNCHES: &[Launch] = &[
    launch("cloudformation", &["cloudformation:CreateStack"]),
    launch("cloudformation", &["cloudformation:UpdateStack"]),
    launch("cloudformation", &["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"]),
    launch("codebuild", &["codebuild:CreateProject", "codebuild:StartBuild"]),
    launch("codebuild", &["codebuild:CreateProject", "codebuild:StartBuildBatch"]),
    launch("codebuild", &["codebuild:UpdateProject", "codebuild:StartBuild"]),
    launch("datapipeline", &["datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition"]),
    launch(EC2, &["autoscaling:CreateLaunchConfiguration", "autoscaling:CreateAutoScalingGroup"]),
    launch(EC2, &["ec2:RequestSpotInstances"]),
    launch(EC2, &["ec2:RunInstances"]),
    launch(EC2, &["elasticmapreduce:RunJobFlow"]),
    launch("ecs-tasks", &["batch:RegisterJobDefinition", "batch:SubmitJob"]),
    launch("ecs-tasks", &["ecs:RegisterTaskDefinition", "ecs:CreateService"]),
    launch("ecs-tasks", &["ecs:RegisterTaskDefinition", "ecs:UpdateService"]),
    launch("ecs-tasks", &["ecs:RunTask"]),
    launch("ecs-tasks", &["ecs:StartTask"]),
    launch("glue", &["glue:CreateDevEndpoint"]),
    launch("glue", &["glue:CreateJob", "glue:CreateTrigger"]),
    launch("glue", &["glue:CreateJob", "glue:StartJobRun"]),
    launch("glue", &["glue:CreateSession", "glue:RunStatement"]),
    launch("glue", &["glue:UpdateJob"]),
    launch(LAMBDA, &["lambda:CreateFunction", "lambda:AddPermission"]),
    launch(LAMBDA, &["lambda:CreateFunction", "lambda:CreateEventSourceMapping"]),
    launch(LAMBDA, &["lambda:CreateFunction", "lambda:CreateFunctionUrlConfig"]),
    launch(LAMBDA, &["lambda:CreateFunction", "lambda:InvokeFunction"]),
    launch("sagemaker", &["sagemaker:CreateNotebookInstance"]),
    launch("sagemaker", &["sagemaker:CreateProcessingJob"]),
    launch("sagemaker", &["sagemaker:CreateTrainingJob"]),
    launch("scheduler", &["scheduler:CreateSchedule"]),
    launch("ssm", &["ssm:StartAutomationExecution"]),
    launch("states", &["states:CreateStateMachine", "states:StartExecution"]),
    launch("states", &["states:UpdateStateMachine", "states:StartExecution"]),
];

/// Every action that anything here asks about, sorted.
static WATCHED: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let lists = [&[ASSUME_ROLE, PASS_ROLE, JOIN_GROUP, FILL_INSTANCE_PROFILE], CREDENTIALS, REWRITE_FUNCTION];
    let calls = LAUNCHES.iter().map(|launch| launch.calls).chain(lists).flatten().copied();
    let mut all: Vec<&str> = ESCALATIONS.iter().map(|one| one.action).chain(calls).collect();
    all.sort_unstable();
    all.dedup();
    all
});

/// A set of the actions that decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Actions(u128);

impl Actions {
    /// One action; none for an action that nothing asks about.
    pub(super) fn only(action: &str) -> Self {
        WATCHED.binary_search(&action).map_or(Self::default(), |place| Self(1 << place))
    }

    /// All that a test accepts.
    pub(super) fn accepted(test: impl Fn(&str) -> bool) -> Self {
        let accepted = WATCHED.iter().enumerate().filter(|(_, action)| test(action));
        Self(accepted.fold(0, |set, (place, _)| set | 1 << place))
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn shares(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_place_of_its_own() {
        assert!(WATCHED.len() <= 128, "the set has 128 places for {} actions", WATCHED.len());
        for action in WATCHED.iter() {
            assert!(!Actions::only(action).is_empty(), "{action}");
        }
        assert!(Actions::only("s3:GetObject").is_empty());
    }
}
