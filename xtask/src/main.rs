//! Checks, set-up and generators for people who work on Indicia: `cargo xtask help`.

mod browser;
mod compare;
mod fuzz;
mod method;
mod tests;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

const HELP: &str = "\
cargo xtask COMMAND

  test              every test, the browser check of the report included
  browser           the browser check alone
  screenshot PAGE WIDTH HEIGHT OUT.png
                    a picture of a page, as the browser check sees it
  docs              regenerate docs/methods, docs/report.schema.json and docs/corruptions.md
  fuzz SECONDS      run every fuzz target, SECONDS in all
  compare RUNS 'A' 'B'
                    CPU and wall time of two shell commands, run in turn
  new-method ID     make the folder of a new method, such as signal.jpeg-ghost
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args[..] {
        ["test"] => tests::run(),
        ["browser"] => tests::browser(),
        ["screenshot", page, width, height, out] => screenshot(page, width, height, out),
        ["docs"] => docs(),
        ["fuzz", seconds] => fuzz::run(seconds),
        ["compare", runs, ours, peer] => compare::run(runs, ours, peer),
        ["new-method", id] => method::new(id),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(64);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A cargo command in the repository's root, with the cargo that runs this.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs a command and fails if it does.
fn check(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed with {status}");
    }
    Ok(())
}

fn docs() -> Result<()> {
    // The whole workspace is named because another choice of packages builds their dependencies anew.
    let tests = ["house", "schema", "corruptions"].iter().flat_map(|name| ["--test", name]);
    check(cargo().args(["test", "--quiet", "--workspace"]).args(tests).env("UPDATE_GOLDEN", "1"))
}

fn screenshot(page: &str, width: &str, height: &str, out: &str) -> Result<()> {
    let number =
        |text: &str| text.parse().with_context(|| format!("expected a number of pixels, got {text:?}"));
    browser::screenshot(Path::new(page), number(width)?, number(height)?, Path::new(out))
}
