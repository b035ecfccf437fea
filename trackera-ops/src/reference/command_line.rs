//! The reference of the command line.

use clap::{Command, CommandFactory as _};

use super::markdown::{block, code, page, table};
use crate::cli::Cli;
use crate::exit_codes::ExitCode;

/// How wide help texts are in the reference.
const WIDTH: usize = 100;

/// Every command with its help.
pub(super) fn commands() -> String {
    let mut root = Cli::command().term_width(WIDTH).disable_help_subcommand(true);
    root.build();
    let mut text = page("Commands", "Every command of `trackera-ops`, as `--help` shows it.");
    describe(&mut root, &mut text);
    text
}

fn describe(command: &mut Command, text: &mut String) {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let help = command.clone().term_width(WIDTH).color(clap::ColorChoice::Never).render_long_help().to_string();
    let help: String = help.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    text.push_str(&format!("\n## {name}\n{}", block("text", &help)));
    for verb in command.get_subcommands_mut().filter(|verb| !verb.is_hide_set()) {
        describe(verb, text);
    }
}

/// What the exit codes mean.
pub(super) fn exit_codes() -> String {
    let about = "Scripts may rely on these numbers; they never change their meaning.";
    let rows = ExitCode::ALL.map(|exit| [code(&exit.number().to_string()), exit.meaning().to_owned()]);
    format!("{}{}", page("Exit codes", about), table(["code", "meaning"], rows))
}
