//! The classes of event that somebody should be told of, each with the events that belong to it.
//!
//! The classes and their events are those of the CIS Amazon Web Services Foundations Benchmark, section "Monitoring".

use serde_json::{Value as Json, json};

/// A class of event.
#[derive(Debug)]
pub struct Class {
    /// Its name in policies.
    pub name: &'static str,
    kind: Kind,
}

/// An event as the audit trail writes it, with what matters for filters.
#[derive(Clone, Debug)]
pub struct Event {
    /// What happened, in words.
    pub words: String,
    /// Whether it only read, so that a trail of writing calls lacks it.
    pub reads: bool,
    /// The record.
    pub record: Json,
}

#[derive(Debug)]
enum Kind {
    /// Calls of a service that went well.
    Calls(&'static str, &'static [&'static str]),
    RefusedCalls,
    SignInWithoutMfa,
    FailedSignIn,
    RootUser,
}

/// Every class, by topic.
pub const CLASSES: &[Class] = &[
    Class { name: "unauthorized-calls", kind: Kind::RefusedCalls },
    Class { name: "sign-in-without-mfa", kind: Kind::SignInWithoutMfa },
    Class { name: "sign-in-failures", kind: Kind::FailedSignIn },
    Class { name: "root-usage", kind: Kind::RootUser },
    Class {
        name: "iam-changes",
        kind: Kind::Calls(
            "iam.amazonaws.com",
            &[
                "DeleteGroupPolicy",
                "DeleteRolePolicy",
                "DeleteUserPolicy",
                "PutGroupPolicy",
                "PutRolePolicy",
                "PutUserPolicy",
                "CreatePolicy",
                "DeletePolicy",
                "CreatePolicyVersion",
                "DeletePolicyVersion",
                "AttachRolePolicy",
                "DetachRolePolicy",
                "AttachUserPolicy",
                "DetachUserPolicy",
                "AttachGroupPolicy",
                "DetachGroupPolicy",
            ],
        ),
    },
    Class {
        name: "trail-changes",
        kind: Kind::Calls(
            "cloudtrail.amazonaws.com",
            &["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"],
        ),
    },
    Class { name: "key-deletion", kind: Kind::Calls("kms.amazonaws.com", &["DisableKey", "ScheduleKeyDeletion"]) },
    Class {
        name: "bucket-policy-changes",
        kind: Kind::Calls(
            "s3.amazonaws.com",
            &[
                "PutBucketAcl",
                "PutBucketPolicy",
                "PutBucketCors",
                "PutBucketLifecycle",
                "PutBucketReplication",
                "DeleteBucketPolicy",
                "DeleteBucketCors",
                "DeleteBucketLifecycle",
                "DeleteBucketReplication",
            ],
        ),
    },
    Class {
        name: "config-changes",
        kind: Kind::Calls(
            "config.amazonaws.com",
            &["StopConfigurationRecorder", "DeleteDeliveryChannel", "PutDeliveryChannel", "PutConfigurationRecorder"],
        ),
    },
    Class {
        name: "security-group-changes",
        kind: Kind::Calls(
            "ec2.amazonaws.com",
            &[
                "AuthorizeSecurityGroupIngress",
                "AuthorizeSecurityGroupEgress",
                "RevokeSecurityGroupIngress",
                "RevokeSecurityGroupEgress",
                "CreateSecurityGroup",
                "DeleteSecurityGroup",
            ],
        ),
    },
    Class {
        name: "network-acl-changes",
        kind: Kind::Calls(
            "ec2.amazonaws.com",
            &[
                "CreateNetworkAcl",
                "CreateNetworkAclEntry",
                "DeleteNetworkAcl",
                "DeleteNetworkAclEntry",
                "ReplaceNetworkAclEntry",
                "ReplaceNetworkAclAssociation",
            ],
        ),
    },
    Class {
        name: "gateway-changes",
        kind: Kind::Calls(
            "ec2.amazonaws.com",
            &[
                "CreateCustomerGateway",
                "DeleteCustomerGateway",
                "AttachInternetGateway",
                "CreateInternetGateway",
                "DeleteInternetGateway",
                "DetachInternetGateway",
            ],
        ),
    },
    Class {
        name: "route-table-changes",
        kind: Kind::Calls(
            "ec2.amazonaws.com",
            &[
                "CreateRoute",
                "CreateRouteTable",
                "ReplaceRoute",
                "ReplaceRouteTableAssociation",
                "DeleteRouteTable",
                "DeleteRoute",
                "DisassociateRouteTable",
            ],
        ),
    },
    Class {
        name: "vpc-changes",
        kind: Kind::Calls(
            "ec2.amazonaws.com",
            &[
                "CreateVpc",
                "DeleteVpc",
                "ModifyVpcAttribute",
                "AcceptVpcPeeringConnection",
                "CreateVpcPeeringConnection",
                "DeleteVpcPeeringConnection",
                "RejectVpcPeeringConnection",
            ],
        ),
    },
    Class {
        name: "organization-changes",
        kind: Kind::Calls(
            "organizations.amazonaws.com",
            &[
                "AcceptHandshake",
                "AttachPolicy",
                "CreateAccount",
                "CreateOrganizationalUnit",
                "CreatePolicy",
                "DeclineHandshake",
                "DeleteOrganization",
                "DeleteOrganizationalUnit",
                "DeletePolicy",
                "DetachPolicy",
                "DisablePolicyType",
                "EnablePolicyType",
                "InviteAccountToOrganization",
                "LeaveOrganization",
                "MoveAccount",
                "RemoveAccountFromOrganization",
                "UpdatePolicy",
                "UpdateOrganizationalUnit",
            ],
        ),
    },
];

/// Finds a class by its name.
pub fn class(name: &str) -> Option<&'static Class> {
    CLASSES.iter().find(|class| class.name == name)
}

impl Class {
    /// The events of the class; a person is told of all only when each of them is counted.
    pub fn events(&self) -> Vec<Event> {
        match &self.kind {
            Kind::Calls(source, names) => names.iter().map(|name| call(source, name)).collect(),
            Kind::RefusedCalls => vec![
                refused("ec2.amazonaws.com", "RunInstances", "Client.UnauthorizedOperation"),
                refused("iam.amazonaws.com", "ListUsers", "AccessDenied"),
            ],
            Kind::SignInWithoutMfa => {
                let data = json!({ "responseElements": { "ConsoleLogin": "Success" }, "additionalEventData": { "MFAUsed": "No" } });
                vec![sign_in("a console sign-in without a second factor", "IAMUser", data)]
            }
            Kind::FailedSignIn => {
                let data = json!({ "responseElements": { "ConsoleLogin": "Failure" }, "errorMessage": "Failed authentication",
                    "additionalEventData": { "MFAUsed": "No" } });
                vec![sign_in("a console sign-in that failed", "IAMUser", data)]
            }
            Kind::RootUser => {
                let data = json!({ "responseElements": { "ConsoleLogin": "Success" }, "additionalEventData": { "MFAUsed": "Yes" } });
                let mut root = call("iam.amazonaws.com", "CreateAccessKey");
                "a call of the root user".clone_into(&mut root.words);
                merge(&mut root.record, json!({ "userIdentity": identity("Root") }));
                vec![root, sign_in("a console sign-in of the root user", "Root", data)]
            }
        }
    }
}

fn identity(kind: &str) -> Json {
    json!({ "type": kind, "principalId": "AIDAEXAMPLE", "arn": "arn:aws:iam::000000000000:user/somebody", "accountId": "000000000000" })
}

fn call(source: &str, name: &str) -> Event {
    let record = json!({
        "eventVersion": "1.11",
        "userIdentity": identity("IAMUser"),
        "eventSource": source,
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2",
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "000000000000",
        "eventCategory": "Management",
    });
    Event { words: name.to_owned(), reads: false, record }
}

fn refused(source: &str, name: &str, code: &str) -> Event {
    let reads = name.starts_with("List");
    let mut event = call(source, name);
    merge(&mut event.record, json!({ "errorCode": code, "errorMessage": "not authorized", "readOnly": reads }));
    Event { words: format!("{name} refused with {code}"), reads, ..event }
}

fn sign_in(words: &str, who: &str, more: Json) -> Event {
    let mut event = call("signin.amazonaws.com", "ConsoleLogin");
    merge(&mut event.record, json!({ "eventType": "AwsConsoleSignIn", "userIdentity": identity(who) }));
    merge(&mut event.record, more);
    Event { words: words.to_owned(), ..event }
}

fn merge(record: &mut Json, more: Json) {
    if let (Json::Object(record), Json::Object(more)) = (record, more) {
        record.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watching::Pattern;

    fn counted(class_name: &str, pattern: &str) -> Vec<String> {
        let pattern = Pattern::parse(pattern).unwrap();
        let events = class(class_name).unwrap().events();
        events.into_iter().filter(|event| pattern.counts(&event.record)).map(|event| event.words).collect()
    }

    #[test]
    fn every_class_has_events_and_a_name_of_its_own() {
        for one in CLASSES {
            assert!(!one.events().is_empty());
            assert_eq!(class(one.name).unwrap().name, one.name);
        }
    }

    #[test]
    fn the_benchmark_s_own_patterns_count_the_events() {
        for (class_name, pattern) in [
            ("unauthorized-calls", r#"{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}"#),
            (
                "sign-in-without-mfa",
                r#"{($.eventName="ConsoleLogin") && ($.additionalEventData.MFAUsed !="Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success")}"#,
            ),
            (
                "root-usage",
                r#"{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}"#,
            ),
            ("sign-in-failures", r#"{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}"#),
            (
                "key-deletion",
                "{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}",
            ),
        ] {
            assert_eq!(counted(class_name, pattern).len(), class(class_name).unwrap().events().len(), "{class_name}");
        }
    }

    #[test]
    fn a_pattern_that_forgets_one_event_does_not_count_it() {
        let counted = counted("trail-changes", "{ ($.eventName = DeleteTrail) || ($.eventName = StopLogging) }");
        assert_eq!(counted, ["DeleteTrail", "StopLogging"]);
    }
}
