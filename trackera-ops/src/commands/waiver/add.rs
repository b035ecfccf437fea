//! `waiver add`: one more exception, written beside the policies.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Args;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{Context, Draft, Loaded, Proven, by_hand, day};
use crate::cli::Policies;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::waiver_file::{Item, append};
use crate::{render, world};

/// How far away the end of an exception may be: nothing is excused for longer than to the next yearly review.
const LONGEST_DAYS: i32 = 366;
/// The file that exceptions are written to when no other is named.
const USUAL_FILE: &str = "waivers.yaml";

const AFTER_HELP: &str = "\
The file is loaded together with all policies before it is replaced; its comments and everything else in it stay.

Exit codes: 0 the waiver is written, 2 it is not, and nothing changed.

Example:
  trackera-ops waiver add volumes-have-an-owner vol-0a1b2c --owner ada --approver bob \\
    --reason \"being moved this week\" --expires 2026-12-31 --ticket OPS-12";

/// Write down that a resource may break a policy until a certain day.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The policy's id.
    policy: String,
    /// The resource's id; `*` and `?` are patterns.
    resource: String,
    /// Who answers for it.
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// Why it is acceptable.
    #[arg(long, allow_hyphen_values = true, value_name = "TEXT")]
    reason: String,
    /// Who agreed; never the owner.
    #[arg(long, value_name = "NAME")]
    approver: String,
    /// The last day that it holds, in UTC; at most 366 days from now.
    #[arg(long, value_name = "DATE", value_parser = date)]
    expires: Date,
    /// Where it is discussed.
    #[arg(long, value_name = "TEXT")]
    ticket: Option<String>,
    /// Only for resources of this account.
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// Only for resources in this region; `global` for those that belong to none.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The file to write to; it must be among the policies [default: `waivers.yaml` beside them].
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Sign it as its approver: your private key, or your public key when an agent holds the other half.
    #[arg(long, value_name = "FILE")]
    sign_with: Option<PathBuf>,
    /// Show what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    policies: Policies,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let loaded = Loaded::read(context, &self.policies)?;
        super::super::policy::find(&loaded.set, &self.policy)?;
        self.check_end(day(world::now()))?;
        self.check_others(&loaded)?;
        let (path, before) = self.target(&loaded)?;
        let target = (path.as_path(), before.as_deref());
        let mut item = self.item();
        let (mut proven, mut added) = drafted(&loaded, target, &item)?;
        if let Some(key) = &self.sign_with {
            item.signature = Some(super::signature(&proven.1, key)?);
            (proven, added) = drafted(&loaded, target, &item)?;
            proven.check_signature()?;
        }
        if !self.dry_run {
            proven.write()?;
        }
        context.screen.print(&render::waivers::added(context.screen.look, &path, &added, self.dry_run.into()))?;
        if proven.wants_signature() {
            context.screen.say(&render::waivers::not_signed_yet(context.screen.talk, &proven.1));
        }
        Ok(ExitCode::Good)
    }

    fn item(&self) -> Item {
        Item {
            policy: self.policy.clone(),
            resource: self.resource.clone(),
            account: self.account.clone(),
            region: self.region.clone(),
            owner: self.owner.clone(),
            approver: self.approver.clone(),
            reason: self.reason.clone(),
            expires: self.expires,
            ticket: self.ticket.clone(),
            signature: None,
        }
    }

    fn check_end(&self, today: Date) -> Result<(), Failure> {
        let expires = self.expires;
        if expires < today {
            return Err(Failure::usage(anyhow!("{expires} is over; today is {today}")));
        }
        let last = today.saturating_add(LONGEST_DAYS.days());
        if expires > last {
            let error = anyhow!("{expires} is too far away; a waiver holds for at most {LONGEST_DAYS} days");
            return Err(Failure::usage(error).hint(format!("take {last} or earlier, and look at it again then")));
        }
        Ok(())
    }

    /// Two exceptions for the same would end on different days, and only one of them would be looked at.
    fn check_others(&self, loaded: &Loaded) -> Result<(), Failure> {
        let now = world::now();
        let same = loaded.written()?.into_iter().find(|other| {
            let waiver = other.waiver;
            let names = (&waiver.policy, &waiver.resource, &waiver.account, &waiver.region);
            names == (&self.policy, &self.resource, &self.account, &self.region) && waiver.holds_at(now)
        });
        let Some(same) = same else { return Ok(()) };
        let error = anyhow!("there is such a waiver, until {}, at {}", same.waiver.expires, same.place());
        Err(Failure::usage(error).hint("change it there, or end it with `trackera-ops waiver expire`".to_owned()))
    }

    /// The file to write to, and what it holds.
    fn target(&self, loaded: &Loaded) -> Result<(PathBuf, Option<String>), Failure> {
        let paths = &loaded.in_force.policies;
        let usual =
            || paths.first().map(|path| if world::is_file(path) { path.clone() } else { path.join(USUAL_FILE) });
        let path = self.file.clone().or_else(usual).unwrap_or_default();
        if let Ok(place) = world::resolved(&path) {
            let is_same = |name: &str| world::resolved(Path::new(name)).is_ok_and(|other| other == place);
            let file = loaded.files.iter().find(|file| is_same(&file.name));
            let file = file.ok_or_else(|| elsewhere(&path))?;
            return Ok((PathBuf::from(&file.name), Some(file.text.clone())));
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let place = world::resolved(parent).map_err(|_| elsewhere(&path))?;
        let holds = |policies: &PathBuf| world::resolved(policies).is_ok_and(|policies| place.starts_with(policies));
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !paths.iter().any(holds) || !name.ends_with(".yaml") || name.starts_with('.') {
            return Err(elsewhere(&path));
        }
        Ok((path, None))
    }
}

/// A file with the exception in it, loaded with everything else, and the lines that were added.
fn drafted(loaded: &Loaded, (path, before): (&Path, Option<&str>), item: &Item) -> Result<(Proven, String), Failure> {
    let appended = append(before.unwrap_or_default(), item);
    let (text, lines) = appended.ok_or_else(|| by_hand(&path.display().to_string()))?;
    let (path, before, removed) = (path.to_owned(), before.map(str::to_owned), None);
    let added = Item { ticket: None, ..item.clone() };
    Ok((loaded.prove(Draft { path, before, text, removed, added })?, lines))
}

fn elsewhere(path: &Path) -> Failure {
    let error = anyhow!("`{}` would not be read together with the policies", path.display());
    Failure::usage(error).hint("name a `.yaml` file in a directory of policies that exists".to_owned())
}

fn date(text: &str) -> Result<Date, String> {
    let date = text.parse().ok().filter(|_| text.len() == "2026-12-31".len());
    date.ok_or_else(|| "write a day like `2026-12-31`".to_owned())
}

fn account(text: &str) -> Result<String, String> {
    let is_id = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_id { Ok(text.to_owned()) } else { Err("an account id has twelve digits".to_owned()) }
}
