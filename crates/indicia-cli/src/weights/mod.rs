//! `indicia weights`.

pub mod args;
mod download;
mod fetch;
mod list;

use std::path::Path;

use anyhow::Result;
use indicia_nn::pack::{ENDING, Licence, Origin, Pack, Store};
use indicia_report::summary::printable;

use crate::output::print_line;
use args::{AddArgs, VerifyArgs, WeightsCommand};

/// Exit status if a pack is not what it should be, or was not wanted.
const SOME_FAILED: u8 = 2;

/// Does what the arguments say. Returns the exit status.
pub fn run(command: &WeightsCommand) -> Result<u8> {
    match command {
        WeightsCommand::List(args) => list::run(args),
        WeightsCommand::Add(args) => add(args),
        WeightsCommand::Verify(args) => verify(args),
        WeightsCommand::Fetch(args) => fetch::run(args),
    }
}

fn add(args: &AddArgs) -> Result<u8> {
    let pack = Pack::open(&args.pack)?;
    show(&pack)?;
    added(&pack, args.replace)?;
    Ok(0)
}

/// Adds a pack and says so.
fn added(pack: &Pack, replace: bool) -> Result<()> {
    let (path, digest) = Store::of_user().add(pack, replace)?;
    print_line(&format!("added: {}", path.display()))?;
    print_line(&format!("digest: {digest}"))
}

/// Prints what a user should know before using a pack.
fn show(pack: &Pack) -> Result<()> {
    let info = pack.info();
    let config = &info.config;
    let mut lines = vec![
        format!("{} {}, weights for {}", config.name, config.version, config.method),
        format!("licence: {}", licence(&config.licence)),
        format!("trained on: {}", config.population),
    ];
    lines.extend(config.results.iter().map(|r| format!("measured: {} {} on {}", r.metric, r.value, r.on)));
    if !info.summary.is_empty() {
        lines.push(format!("card: {}", info.summary));
    }
    lines.iter().try_for_each(|line| print_line(&printable(line)))
}

/// A licence on one line.
fn licence(licence: &Licence) -> String {
    let more: Vec<&str> = [&licence.note, &licence.url].into_iter().flatten().map(String::as_str).collect();
    match more.is_empty() {
        true => licence.id.clone(),
        false => format!("{} ({})", licence.id, more.join(", ")),
    }
}

fn verify(args: &VerifyArgs) -> Result<u8> {
    let store = Store::of_user();
    let mut names = args.packs.clone();
    if names.is_empty() {
        names = store.list(&[])?.into_iter().map(|listed| listed.name).collect();
        names.dedup();
    }
    if names.is_empty() {
        eprintln!("indicia: there are no packs");
    }
    let mut failed = false;
    for name in &names {
        // A path has what no name has, so that a folder in the way hides no pack.
        let digest = match name.contains(['/', '\\']) || name.ends_with(ENDING) {
            true => Pack::open(Path::new(name)).and_then(|pack| Ok((pack.digest()?, None))),
            false if store.path(name).is_ok_and(|path| path.exists()) => {
                store.find(name).and_then(|(pack, _)| Ok((pack.digest()?, store.noted(name))))
            }
            // Of a pack in the program nothing was noted: it is as old as the program. One that is not there is
            // wrong usage.
            false => {
                let (pack, origin) = store.find(name)?;
                debug_assert_eq!(origin, Origin::BuiltIn);
                Ok((pack.digest()?, None))
            }
        };
        let outcome = match digest {
            Ok((digest, None)) => format!("{digest}, nothing noted"),
            Ok((digest, Some(noted))) if digest == noted => format!("{digest}, as added"),
            Ok((digest, Some(noted))) => {
                failed = true;
                format!("CHANGED: {digest}, noted {noted}")
            }
            Err(error) => {
                failed = true;
                format!("FAILED: {error}")
            }
        };
        print_line(&printable(&format!("{name}: {outcome}")))?;
    }
    Ok(if failed { SOME_FAILED } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_is_one_line() {
        let plain = Licence { id: "MIT".into(), url: None, note: None };
        assert_eq!(licence(&plain), "MIT");
        let full = Licence { url: Some("https://x".into()), note: Some("research only".into()), ..plain };
        assert_eq!(licence(&full), "MIT (research only, https://x)");
    }
}
