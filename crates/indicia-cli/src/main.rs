//! The `indicia` command.

mod args;
mod calibrate;
mod camera;
mod corrupt;
mod eval;
mod forge;
mod inputs;
mod inspect;
mod methods;
mod names;
mod output;
mod resume;
mod train;
mod weights;
mod work;

use std::process::ExitCode;

use args::{Cli, Command};
use clap::Parser;
use clap::error::ErrorKind;

/// Planes of a picture come and go by the dozen; an allocator that keeps their pages saves the kernel from
/// clearing them again each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit status for wrong usage, as in BSD's sysexits.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Printing fails only if nobody listens any more.
            let _ = error.print();
            let help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if help { 0 } else { USAGE });
        }
    };
    let outcome = match &cli.command {
        Command::Inspect(args) => inspect::run(args),
        Command::Methods { id } => methods::run(id.as_deref()),
        Command::Calibrate(args) => calibrate::run(args),
        Command::Camera(command) => camera::run(command),
        Command::Corrupt(args) => corrupt::run(args),
        Command::Eval(command) => eval::run(command),
        Command::Forge(args) => forge::run(args),
        Command::Weights(command) => weights::run(command),
        Command::Train(args) => train::run(args),
        Command::Schema => output::print_line(&format!("{:#}", indicia_report::schema())).map(|()| 0),
    };
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("indicia: {error:#}");
            ExitCode::from(USAGE)
        }
    }
}
