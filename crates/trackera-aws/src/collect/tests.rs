//! What the whole collection promises when parts of it are missing.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use trackera_core::resource::{Drill, ErrorClass, ManagedPrefixList, Scope, SecurityGroup, Volume};
use trackera_core::schema::{Demand, Schema};

use super::*;
use crate::request::{Regions, TokenCode};

/// Nothing listens there, so that every call that is made leaves a gap.
const NOBODY: &str = "http://127.0.0.1:1";

async fn collected(endpoint: &str, demand: Demand, regions: Regions) -> Snapshot {
    through(endpoint, &request(demand, regions)).await
}

async fn through(endpoint: &str, request: &Request) -> Snapshot {
    let session = Session::fixed(endpoint).await;
    let identity = if request.accounts.is_empty() { Some(Identity::ask(&session, ready(None)).await) } else { None };
    Opened::through(session, 8, identity).collect(request, &()).await
}

fn request(demand: Demand, regions: Regions) -> Request {
    Request {
        demand,
        regions,
        expected_regions: vec!["eu-west-1".to_owned()],
        backups: vec![BackupPlace { bucket: "dumps".to_owned(), prefix: "daily/".to_owned() }],
        accounts: Vec::new(),
        token_code: None,
        collected_at: Timestamp::UNIX_EPOCH,
    }
}

/// An endpoint that tells who asks, opens one session, lends every role and refuses everything else, on a thread that
/// ends with the test's process.
fn refusing_endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let opened = Arc::new(AtomicBool::new(false));
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let opened = Arc::clone(&opened);
            std::thread::spawn(move || refuse(connection.unwrap(), &opened));
        }
    });
    endpoint
}

fn refuse(connection: TcpStream, opened: &AtomicBool) {
    let mut answers = connection.try_clone().unwrap();
    let mut requests = BufReader::new(connection);
    loop {
        let mut length = 0;
        let mut line = String::new();
        while requests.read_line(&mut line).unwrap_or(0) > 2 {
            let header = line.to_ascii_lowercase();
            length = header.strip_prefix("content-length:").map_or(length, |value| value.trim().parse().unwrap());
            line.clear();
        }
        let mut body = vec![0; length];
        if line.is_empty() || requests.read_exact(&mut body).is_err() {
            return;
        }
        let body = String::from_utf8_lossy(&body);
        let asks = |action: &str| body.contains(&format!("Action={action}&"));
        let (status, text) = match () {
            () if asks("GetCallerIdentity") => (200, IDENTITY.to_owned()),
            () if asks("AssumeRole") => (200, credentials("AssumeRole")),
            () if asks("GetSessionToken") && !opened.swap(true, Ordering::Relaxed) => {
                (200, credentials("GetSessionToken"))
            }
            () => (403, DENIED.to_owned()),
        };
        write!(answers, "HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{text}", text.len()).unwrap();
    }
}

fn credentials(action: &str) -> String {
    let secret = "<AccessKeyId>k</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>";
    let credentials = format!("<Credentials>{secret}<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>");
    format!("<{action}Response><{action}Result>{credentials}</{action}Result></{action}Response>")
}

const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>000000000000</Account>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";
const DENIED: &str = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors>\
    </Response>";

fn everything() -> Demand {
    Demand::everything(&Schema::new().unwrap())
}

fn operations(snapshot: &Snapshot) -> BTreeSet<&str> {
    snapshot.gaps.iter().map(|gap| gap.operation.as_str()).collect()
}

fn lists(snapshot: &Snapshot) -> BTreeSet<(&str, &str)> {
    snapshot.lists.iter().map(|list| (list.kind.as_str(), list.region.as_str())).collect()
}

#[test]
fn the_account_of_a_role_is_in_its_arn() {
    assert_eq!(account_of("arn:aws:iam::123456789012:role/reader"), Some("123456789012"));
    assert_eq!(account_of("reader"), None);
}

fn with_device(account: &str) -> AccountAccess {
    let role_arn = format!("arn:aws:iam::{account}:role/reader");
    AccountAccess { role_arn, external_id: None, mfa_serial: Some("arn:aws:iam::111111111111:mfa/ada".to_owned()) }
}

#[tokio::test]
async fn one_code_opens_all_accounts_although_it_is_accepted_once() {
    let accounts = vec![with_device("222222222222"), with_device("333333333333")];
    let request = Request {
        accounts,
        token_code: Some(TokenCode::new("123456")),
        ..request(Demand::default(), Regions::Named(Vec::new()))
    };
    let snapshot = through(&refusing_endpoint(), &request).await;
    assert_eq!(snapshot.gaps, []);
    assert_eq!(snapshot.accounts.iter().map(|one| one.account.as_str()).collect::<Vec<_>>(), ["000000000000"]);
}

#[tokio::test]
async fn without_the_code_the_account_is_unknown_and_not_read_some_other_way() {
    let accounts = vec![with_device("222222222222")];
    let request = Request { accounts, ..request(Demand::default(), Regions::Named(Vec::new())) };
    let snapshot = through(&refusing_endpoint(), &request).await;
    let classes: Vec<_> = snapshot.gaps.iter().map(|gap| (gap.account.as_str(), gap.error_class)).collect();
    assert_eq!(classes, [("222222222222", ErrorClass::InvalidCredentials)]);
}

#[tokio::test]
async fn a_service_that_struggled_is_not_pressed_anew_by_the_next_collection() {
    let opened = Opened::through(Session::fixed(NOBODY).await, 8, None);
    let mut widths = Vec::new();
    for _ in 0..2 {
        opened.collect(&request(Demand::default(), Regions::Named(Vec::new())), &()).await;
        widths.push(opened.pace.window(UNTOLD, "sts", GLOBAL).width());
    }
    assert_eq!(widths, [4, 2]);
}

#[tokio::test]
async fn only_what_the_demand_names_is_called_and_listed() {
    let mut demand = Demand::default();
    demand.add_kind(&Schema::new().unwrap(), Volume::NAME);
    let snapshot = collected(&refusing_endpoint(), demand, Regions::Named(vec!["eu-central-1".to_owned()])).await;
    assert_eq!(operations(&snapshot), BTreeSet::from(["ec2:DescribeVolumes"]));
    assert_eq!(lists(&snapshot), BTreeSet::from([(Volume::NAME, "eu-central-1")]));
}

#[tokio::test]
async fn a_second_list_that_nobody_wants_is_not_asked_for_and_leaves_no_gap() {
    let mut demand = Demand::default();
    demand.add_field(&Schema::new().unwrap(), SecurityGroup::NAME, "ingress");
    let snapshot = collected(&refusing_endpoint(), demand, Regions::Named(vec!["eu-central-1".to_owned()])).await;
    assert_eq!(operations(&snapshot), BTreeSet::from(["ec2:DescribeSecurityGroups"]));
}

#[tokio::test]
async fn regions_that_are_refused_leave_the_expected_ones_and_a_gap_for_the_rest() {
    let snapshot = collected(&refusing_endpoint(), everything(), Regions::Enabled).await;
    assert!(lists(&snapshot).contains(&(Volume::NAME, "eu-west-1")));
    assert!(lists(&snapshot).contains(&(Volume::NAME, "*")));
    let regions = snapshot.gaps.iter().find(|gap| gap.operation == regions::LIST).unwrap();
    assert_eq!((regions.account.as_str(), regions.region.as_str()), ("000000000000", "*"));
}

#[tokio::test]
async fn prefix_lists_that_nobody_names_are_neither_read_nor_listed() {
    let schema = Schema::new().unwrap();
    let mut demand = Demand::default();
    demand.add_kind(&schema, SecurityGroup::NAME);
    demand.add_field(&schema, ManagedPrefixList::NAME, "entries");
    let snapshot = collected(&refusing_endpoint(), demand, Regions::Named(vec!["eu-central-1".to_owned()])).await;
    assert!(!operations(&snapshot).contains("ec2:DescribeManagedPrefixLists"));
    assert_eq!(lists(&snapshot), BTreeSet::from([(SecurityGroup::NAME, "eu-central-1")]));
}

#[tokio::test]
async fn every_kind_that_is_wanted_has_a_list_in_every_place_even_when_everything_is_refused() {
    let schema = Schema::new().unwrap();
    let snapshot = collected(&refusing_endpoint(), everything(), Regions::Enabled).await;
    assert_eq!(lists(&snapshot), everywhere(&schema));
    let whole: Vec<_> = snapshot.lists.iter().filter(|list| list.gaps.is_empty()).map(|list| &list.kind).collect();
    assert_eq!(whole, [Account::NAME]);
}

fn everywhere(schema: &Schema) -> BTreeSet<(&str, &str)> {
    let mut expected = BTreeSet::new();
    // What no operation tells of is no service's to list.
    for kind in schema.kinds().iter().filter(|kind| !kind.operations.is_empty()) {
        match kind.scope {
            Scope::Account => expected.extend([(kind.name.as_ref(), "global")]),
            Scope::Region => {
                expected.extend([(kind.name.as_ref(), "eu-west-1"), (kind.name.as_ref(), "*")]);
            }
        }
    }
    expected
}

#[tokio::test]
async fn every_kind_that_is_wanted_has_a_list_in_every_place_even_when_nobody_answers() {
    let schema = Schema::new().unwrap();
    let snapshot = collected(NOBODY, everything(), Regions::Enabled).await;
    let mut expected = everywhere(&schema);
    // Nobody can tell whose the estate is, so what others would add to it is missing as well.
    expected.insert((Drill::NAME, "global"));
    assert_eq!(lists(&snapshot), expected);
    assert!(snapshot.lists.iter().all(|list| !list.gaps.is_empty()), "{:?}", snapshot.lists);
    assert!(snapshot.resources.is_empty());
    let account = CollectedAccount { account: "*".to_owned(), regions: vec!["*".to_owned(), "eu-west-1".to_owned()] };
    assert_eq!(snapshot.accounts, [account]);
}

#[tokio::test]
async fn gaps_stand_in_the_snapshot_once_and_say_what_went_wrong() {
    let snapshot = collected(NOBODY, everything(), Regions::Enabled).await;
    let distinct: BTreeSet<_> = snapshot.gaps.iter().collect();
    assert_eq!(distinct.len(), snapshot.gaps.len());
    assert!(snapshot.gaps.iter().all(|gap| gap.error_class == ErrorClass::Connection), "{:?}", snapshot.gaps);
    assert!(operations(&snapshot).iter().all(|name| trackera_core::schema::operation(name).is_some()));
}
