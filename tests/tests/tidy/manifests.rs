//! Which crate may depend on what, and that versions and lints stand in one place only.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::files::{self, File, none_breaks};

/// The members that each member may name. A new crate says here where it stands.
const DIRECTIONS: [(&str, &[&str]); 12] = [
    ("trackera-core", &[]),
    ("trackera-files", &["trackera-core", "trackera-journal"]),
    ("trackera-journal", &[]),
    ("trackera-aws", &["trackera-core"]),
    ("trackera-operations", &["trackera-core", "trackera-journal"]),
    ("trackera-postgres", &["trackera-core"]),
    ("trackera-watch", &["trackera-core"]),
    (
        "trackera-world",
        &[
            "trackera-core",
            "trackera-aws",
            "trackera-files",
            "trackera-journal",
            "trackera-operations",
            "trackera-postgres",
        ],
    ),
    (
        "trackera-agent",
        &[
            "trackera-core",
            "trackera-aws",
            "trackera-files",
            "trackera-journal",
            "trackera-operations",
            "trackera-watch",
            "trackera-world",
            "trackera-tests",
        ],
    ),
    (
        "trackera-ops",
        &[
            "trackera-core",
            "trackera-aws",
            "trackera-files",
            "trackera-journal",
            "trackera-operations",
            "trackera-postgres",
            "trackera-watch",
            "trackera-world",
            "trackera-tests",
        ],
    ),
    ("trackera-lab", &[]),
    (
        "trackera-tests",
        &[
            "trackera-core",
            "trackera-aws",
            "trackera-files",
            "trackera-journal",
            "trackera-operations",
            "trackera-watch",
            "trackera-world",
        ],
    ),
];

/// Inherited from the workspace, so that no member differs.
const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];

/// What would let the outside world into the core.
const WORLDLY: [&str; 8] = ["tokio", "async-std", "hyper", "reqwest", "ureq", "rusqlite", "tokio-postgres", "mio"];

#[test]
fn every_member_inherits_the_lints_of_the_workspace() {
    let broken = broken_members(|member| member.table("lints") != ["workspace = true"]);
    none_breaks("a member has `[lints] workspace = true`", &broken);
}

#[test]
fn every_member_inherits_its_package_fields() {
    let broken = broken_members(|member| {
        let package = member.table("package");
        INHERITED.iter().any(|field| !package.contains(&format!("{field}.workspace = true").as_str()))
    });
    none_breaks("a member inherits version, edition, rust-version, license and publish", &broken);
}

#[test]
fn dependency_versions_stand_in_the_workspace_only() {
    let broken: Vec<String> = members()
        .iter()
        .flat_map(|member| member.dependency_lines().into_iter().map(|line| format!("{}: {line}", member.name)))
        .filter(|line| !line.contains("workspace = true"))
        .collect();
    none_breaks("a member's dependency is `NAME.workspace = true`", &broken);
}

#[test]
fn members_depend_on_each_other_in_one_direction() {
    let allowed: BTreeMap<&str, &[&str]> = DIRECTIONS.into_iter().collect();
    let broken: Vec<String> = members()
        .iter()
        .flat_map(|member| {
            let may = allowed.get(member.name.as_str()).copied();
            let named = member.dependencies().into_iter().filter(|name| name.starts_with("trackera-"));
            let wrong = named.filter(move |name| !may.is_some_and(|may| may.contains(&name.as_str())));
            wrong.map(|name| format!("{} names {name}", member.name)).collect::<Vec<_>>()
        })
        .collect();
    none_breaks("a member names only the members below it", &broken);
}

#[test]
fn what_is_for_tests_is_no_part_of_the_product() {
    let broken = broken_members(|member| {
        member
            .table("dependencies")
            .iter()
            .any(|line| line.starts_with("trackera-tests") || line.starts_with("proptest"))
    });
    none_breaks("a member names the crate of tests among its dev-dependencies only", &broken);
}

#[test]
fn every_member_has_its_place_in_the_directions() {
    let placed: BTreeSet<String> = DIRECTIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let present: BTreeSet<String> = members().into_iter().map(|member| member.name).collect();
    assert_eq!(present, placed, "the members and their directions differ");
}

#[test]
fn only_trackera_aws_names_the_sdk() {
    let crates = ["aws-config", "aws-sdk-", "aws-smithy-", "aws-types", "aws-credential-types", "aws-runtime"];
    let mut broken: Vec<String> = Vec::new();
    for file in files::all().iter().filter(|file| !file.is("crates/trackera-aws/", &[""])) {
        if file.path == "Cargo.toml" || file.is("tests/tests/tidy/", &[""]) || !file.is("", &[".rs", "/Cargo.toml"]) {
            continue;
        }
        let names = |line: &str| {
            let code = line.split("//").next().unwrap_or_default();
            crates.iter().any(|name| code.contains(*name) || code.contains(&format!("{}::", name.replace('-', "_"))))
                || code.contains("aws_sdk_")
                || code.contains("aws_smithy_")
        };
        broken.extend(file.lines().filter(|(_, line)| names(line)).map(|(place, line)| format!("{place}: {line}")));
    }
    none_breaks("only trackera-aws names a crate of the AWS SDK", &broken);
}

#[test]
fn the_core_reaches_no_runtime_and_no_network() {
    let tree = cargo(&[
        "tree",
        "--offline",
        "--locked",
        "--package",
        "trackera-core",
        "--edges",
        "normal",
        "--prefix",
        "none",
    ]);
    let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains("trackera-core"), "cargo tree answered with something else:\n{tree}");
    let worldly: Vec<&&str> = names.iter().filter(|name| WORLDLY.contains(name) || name.starts_with("aws-")).collect();
    assert!(worldly.is_empty(), "trackera-core is pure, and reaches {worldly:?}");
}

/// One member of the workspace by its manifest.
struct Member {
    name: String,
    manifest: String,
}

impl Member {
    /// The lines of one table, without blanks and comments.
    fn table(&self, name: &str) -> Vec<&str> {
        self.tables(|header| header == name)
    }

    /// `[dependencies]`, `[dev-dependencies]`, `[target.'cfg(..)'.dependencies]` and their like.
    fn dependency_lines(&self) -> Vec<&str> {
        self.tables(|header| header.ends_with("dependencies"))
    }

    fn dependencies(&self) -> Vec<String> {
        let name = |line: &str| line.split(['.', '=', ' ']).next().unwrap_or_default().to_owned();
        self.dependency_lines().into_iter().map(name).collect()
    }

    fn tables(&self, wanted: impl Fn(&str) -> bool) -> Vec<&str> {
        let mut inside = false;
        let mut lines = Vec::new();
        for line in self.manifest.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(header) = line.strip_prefix('[') {
                inside = wanted(header.trim_end_matches(']'));
            } else if inside {
                lines.push(line);
            }
        }
        lines
    }
}

fn members() -> Vec<Member> {
    let is_member = |file: &File| file.is("", &["/Cargo.toml"]) && !file.is("fuzz/", &[""]);
    let member = |file: File| {
        let name =
            file.text.lines().find_map(|line| line.strip_prefix("name = ")).unwrap().trim_matches('"').to_owned();
        Member { name, manifest: file.text }
    };
    files::all().into_iter().filter(is_member).map(member).collect()
}

fn broken_members(breaks: impl Fn(&Member) -> bool) -> Vec<String> {
    members().into_iter().filter(breaks).map(|member| member.name).collect()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(files::root()).output().unwrap();
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
