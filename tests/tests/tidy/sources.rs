//! How source files begin, how long they get, and which words never stand in them.

use super::files::{self, File, none_breaks};

/// What people write and read line by line.
const WRITTEN: [&str; 8] = [".rs", ".py", ".toml", ".yaml", ".yml", ".md", ".sql", ".txt"];
const SCRIPTS: [&str; 2] = ["scripts/", ".ci/"];
const LONGEST: usize = 500;

/// Spelt in two halves, so that this file keeps its own rule.
const UNFINISHED: [&str; 6] = [
    concat!("to", "do!"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("HA", "CK"),
    concat!("unimplem", "ented!"),
];

/// Directories that exist on one person's machine.
const SOMEBODYS: [&str; 3] = [concat!("/ro", "ot/"), concat!("/Us", "ers/"), concat!("/wo", "rk/")];

#[test]
fn every_rust_module_begins_by_saying_what_it_is_for() {
    let broken = broken_files(|file| file.is("", &[".rs"]) && !file.text.starts_with("//! "));
    none_breaks("a module starts with `//!`: what it is for, what it must never do", &broken);
}

#[test]
fn every_python_module_begins_with_a_docstring() {
    let broken = broken_files(|file| file.is("lab/", &[".py"]) && !first_code_line(&file.text).starts_with("\"\"\""));
    none_breaks("a Python module starts with a docstring: what it is for, what it must never do", &broken);
}

#[test]
fn every_script_says_how_it_is_run_and_what_it_is_for() {
    let broken = broken_files(|file| {
        let mut lines = file.text.lines();
        SCRIPTS.iter().any(|directory| file.is(directory, &[""]))
            && !file.path.ends_with(".txt")
            && !(lines.next().unwrap_or_default().starts_with('#')
                && lines.next().unwrap_or_default().starts_with("# "))
    });
    none_breaks("a script starts with its interpreter and a comment: what it does", &broken);
}

#[test]
fn source_files_stay_short_enough_to_read_at_once() {
    let broken: Vec<String> = files::all()
        .iter()
        .filter(|file| file.is("", &[".rs", ".py"]) && file.text.lines().count() > LONGEST)
        .map(|file| format!("{}: {} lines", file.path, file.text.lines().count()))
        .collect();
    none_breaks("a source file has at most 500 lines, better 300: split it by what it is about", &broken);
}

#[test]
fn nothing_is_left_unfinished() {
    let broken = broken_lines(|file, line| is_written(file) && UNFINISHED.iter().any(|word| contains_word(line, word)));
    none_breaks("what is not finished is not committed", &broken);
}

#[test]
fn no_file_names_a_directory_of_somebodys_machine() {
    let broken = broken_lines(|file, line| {
        is_written(file) && SOMEBODYS.iter().any(|directory| names_directory(line, directory))
    });
    none_breaks("a path that exists on one machine only has no place in the repository", &broken);
}

#[test]
fn lines_have_no_tabs_and_no_blanks_at_their_end() {
    let broken = broken_lines(|file, line| is_written(file) && (line.contains('\t') || line.ends_with(' ')));
    none_breaks("a line has no tab and no blank at its end", &broken);
}

#[test]
fn files_end_with_exactly_one_line_end() {
    let broken = broken_files(|file| {
        let written = is_written(file) && !file.text.is_empty();
        written && (!file.text.ends_with('\n') || file.text.ends_with("\n\n"))
    });
    none_breaks("a file ends with one line end", &broken);
}

#[test]
fn a_word_counts_only_when_it_stands_alone() {
    let word = concat!("XX", "X");
    assert!(contains_word(&format!("// {word} later"), word));
    assert!(!contains_word(&format!("mktemp lab-{word}{word}"), word));
}

#[test]
fn a_directory_counts_only_where_a_path_begins() {
    let directory = concat!("/wo", "rk/");
    assert!(names_directory(&format!("in {directory}main"), directory));
    assert!(!names_directory(&format!("arn:aws:iam::1:role/team{directory}writer"), directory));
}

fn broken_files(breaks: impl Fn(&File) -> bool) -> Vec<String> {
    files::all().into_iter().filter(breaks).map(|file| file.path).collect()
}

fn broken_lines(breaks: impl Fn(&File, &str) -> bool) -> Vec<String> {
    let mut broken = Vec::new();
    for file in files::all() {
        broken.extend(
            file.lines().filter(|(_, line)| breaks(&file, line)).map(|(place, line)| format!("{place}: {line}")),
        );
    }
    broken
}

fn is_written(file: &File) -> bool {
    file.is("", &WRITTEN) || SCRIPTS.iter().any(|directory| file.is(directory, &[""]))
}

/// The first line that is neither blank nor a comment.
fn first_code_line(text: &str) -> &str {
    text.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default()
}

fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

fn names_directory(line: &str, directory: &str) -> bool {
    line.match_indices(directory).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|character| character.is_alphanumeric() || "/}._-*".contains(character))
    })
}
