//! `indicia eval`.

pub mod args;
mod compare;
mod conditions;
mod exam;
mod leaderboard;
mod run;
mod score;
mod table;

use anyhow::{Result, bail};
use args::{EvalCommand, SplitArgs};
use indicia_eval::protocol::{self, Plan, Protocol};
use indicia_eval::score::definitions;

use crate::output::print_line;

/// Runs one of the commands. Returns the exit status.
pub fn run(command: &EvalCommand) -> Result<u8> {
    match command {
        EvalCommand::Table(args) => table::make_table(args),
        EvalCommand::Describe(args) => table::describe_table(args),
        EvalCommand::Run(args) => run::run(args),
        EvalCommand::Score(args) => score::run(args),
        EvalCommand::Compare(args) => compare::run(args),
        EvalCommand::Leaderboard(args) => leaderboard::run(args),
        EvalCommand::Exam(args) => exam::run(args),
        EvalCommand::Split(args) => split(args),
        EvalCommand::Protocols { name } => protocols(name.as_deref()),
        EvalCommand::Metrics => metrics(),
    }
}

fn split(args: &SplitArgs) -> Result<u8> {
    let protocol = Protocol::load(&args.protocol)?;
    let plan = Plan::of(&protocol, &args.table)?;
    for (name, path) in plan.write_tables(&args.table, &args.out)? {
        print_line(&format!("{}: trained_on = {name:?}", path.display()))?;
    }
    print_line(&format!("{}: to be judged by each", args.out.join("test.parquet").display()))?;
    Ok(0)
}

fn protocols(name: Option<&str>) -> Result<u8> {
    let Some(name) = name else {
        let width = protocol::names().map(str::len).max().unwrap_or(0);
        for name in protocol::names() {
            print_line(&format!("{name:width$}  {}", Protocol::load(name)?.title))?;
        }
        return Ok(0);
    };
    match protocol::builtin(name) {
        Some(text) => print_line(text.trim_end()).map(|()| 0),
        None => bail!("there is no built-in protocol {name:?}; `indicia eval protocols` lists them"),
    }
}

fn metrics() -> Result<u8> {
    let all = definitions();
    let name =
        |section: &str, id: &str| if section == "image" { id.to_owned() } else { format!("{section}.{id}") };
    let width = all.iter().map(|(section, d)| name(section, d.id).len()).max().unwrap_or(0);
    for (section, definition) in all.iter().filter(|(section, _)| *section != "video") {
        let direction = if definition.higher_is_better { "higher is better" } else { "lower is better" };
        print_line(&format!("{:width$}  {} ({direction})", name(section, definition.id), definition.text))?;
    }
    print_line("video.*  the same as those without a section, of videos instead of frames")?;
    Ok(0)
}
