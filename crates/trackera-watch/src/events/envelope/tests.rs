//! Real envelopes are understood; everything else is harmless.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

fn accounts(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn event() -> Json {
    json!({
        "version": "0", "id": "7bf73129-1428-4cd3-a780-95db273d1602", "detail-type": CALL, "source": "aws.ec2",
        "account": "111122223333", "time": "2026-01-01T00:00:05Z", "region": "eu-central-1", "resources": [],
        "detail": {
            "eventVersion": "1.11", "userIdentity": {"type": "IAMUser", "userName": "amelie"},
            "eventTime": "2026-01-01T00:00:00Z", "eventSource": "ec2.amazonaws.com",
            "eventName": "AuthorizeSecurityGroupIngress", "awsRegion": "eu-central-1", "sourceIPAddress": "192.0.2.1",
            "requestParameters": {"groupId": "sg-1"}, "responseElements": {"_return": true},
            "requestID": "r", "eventID": "e-1", "readOnly": false, "eventType": "AwsApiCall",
            "managementEvent": true, "recipientAccountId": "111122223333", "eventCategory": "Management",
        },
    })
}

fn read(event: &Json) -> Result<Happening, Dropped> {
    parse(event.to_string().as_bytes(), &accounts(&["111122223333"]))
}

#[track_caller]
fn changed(pointer: &str, value: Json) -> Result<Happening, Dropped> {
    let mut event = event();
    *event.pointer_mut(pointer).unwrap() = value;
    read(&event)
}

#[test]
fn a_changing_call_says_where_to_look() {
    let happening = read(&event()).unwrap();
    assert_eq!((happening.id.as_str(), happening.name.as_str()), ("e-1", "AuthorizeSecurityGroupIngress"));
    assert_eq!((happening.account.as_str(), happening.region.as_str()), ("111122223333", "eu-central-1"));
    assert_eq!(happening.at.to_string(), "2026-01-01T00:00:00Z");
}

#[test]
fn what_is_forged_foreign_or_without_effect_is_dropped_and_named() {
    for (pointer, value, why) in [
        ("/source", json!("com.example.ec2"), Dropped::Forged),
        ("/detail/eventSource", json!("ec2.example.com"), Dropped::Forged),
        ("/detail/recipientAccountId", json!("444455556666"), Dropped::Forged),
        ("/region", json!("us-east-1"), Dropped::Forged),
        ("/detail-type", json!("EC2 Instance State-change Notification"), Dropped::Malformed),
        ("/version", json!("1"), Dropped::Malformed),
        ("/detail/eventID", json!(""), Dropped::Malformed),
        ("/detail/eventName", json!("a b"), Dropped::Malformed),
        ("/detail/eventName", json!("x".repeat(200)), Dropped::Malformed),
        ("/detail/eventTime", json!("yesterday"), Dropped::Malformed),
        ("/detail", json!([]), Dropped::Malformed),
        ("/detail/readOnly", json!(true), Dropped::Reading),
    ] {
        assert_eq!(changed(pointer, value.clone()), Err(why), "{pointer} {value}");
    }
    let mut refused = event();
    refused["detail"]["errorCode"] = json!("Client.UnauthorizedOperation");
    assert_eq!(read(&refused), Err(Dropped::Failed));
}

#[test]
fn accounts_that_are_not_watched_and_laboratories_stay_apart() {
    let text = event().to_string();
    let lab = text.replace("111122223333", SENTINEL);
    for (text, watched, why) in [
        (&text, "444455556666", Dropped::Foreign),
        (&text, SENTINEL, Dropped::Sentinel),
        (&lab, "111122223333", Dropped::Sentinel),
    ] {
        assert_eq!(parse(text.as_bytes(), &accounts(&[watched])), Err(why), "{watched}");
    }
    assert!(parse(lab.as_bytes(), &accounts(&[SENTINEL])).is_ok());
}

#[test]
fn a_sign_in_that_failed_is_heard() {
    let mut sign_in = event();
    sign_in["detail-type"] = json!(SIGN_IN);
    sign_in["source"] = json!("aws.signin");
    sign_in["detail"]["eventSource"] = json!("signin.amazonaws.com");
    sign_in["detail"]["eventName"] = json!("ConsoleLogin");
    sign_in["detail"]["errorMessage"] = json!("Failed authentication");
    assert_eq!(read(&sign_in).unwrap().name, "ConsoleLogin");
}

#[test]
fn a_message_beyond_the_limit_or_without_an_end_is_harmless() {
    let watched = accounts(&["111122223333"]);
    assert_eq!(parse(&vec![b' '; LONGEST + 1], &watched), Err(Dropped::Malformed));
    assert_eq!(parse(&vec![b'['; LONGEST], &watched), Err(Dropped::Malformed));
}

proptest! {
    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(parse(&bytes, &accounts(&["111122223333"])), Err(Dropped::Malformed));
    }

    #[test]
    fn no_damage_to_an_event_moves_it_to_another_account(at in 0_usize..900, byte: u8) {
        let mut bytes = event().to_string().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(happening) = parse(&bytes, &accounts(&["111122223333"])) {
            prop_assert_eq!(happening.account, "111122223333");
        }
    }
}
