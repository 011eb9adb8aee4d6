//! `indicia weights fetch`.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use indicia_nn::pack::{Pack, Published, Store, published};
use indicia_report::summary::printable;

use super::args::FetchArgs;
use super::list::size;
use super::{SOME_FAILED, added, download, licence, show};
use crate::output::print_line;

/// Downloads a pack and adds it. Returns the exit status.
pub fn run(args: &FetchArgs) -> Result<u8> {
    let list = published(args.published.as_deref())?;
    let Some(pack) = list.iter().find(|pack| pack.name == args.name) else {
        let known: Vec<&str> = list.iter().map(|pack| pack.name.as_str()).collect();
        let known = if known.is_empty() {
            "there are none yet".into()
        } else {
            format!("there are: {}", known.join(", "))
        };
        bail!("no published pack is named {:?}, {known}", args.name);
    };
    let store = Store::of_user();
    let path = store.path(&pack.name)?;
    // What is there and right is not downloaded again.
    if Pack::open(&path).and_then(|p| p.digest()).is_ok_and(|digest| digest == pack.digest) {
        print_line(&format!("already there: {}", path.display()))?;
        return Ok(0);
    }
    for line in [
        format!("{} {}, weights for {}, {}", pack.name, pack.version, pack.method, size(pack.bytes)),
        format!("from: {}", pack.address),
        format!("licence: {}", licence(&pack.licence)),
    ] {
        print_line(&printable(&line))?;
    }
    if !args.accept_licence && !accepted()? {
        eprintln!("indicia: the licence was not accepted; nothing was downloaded");
        return Ok(SOME_FAILED);
    }
    let folder = store.folder()?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    // Under the digest, so that what another list published under this name is never gone on with.
    let digits = &pack.digest.to_string()[7..23];
    let partial = folder.join(format!("{}.{digits}.partial", pack.name));
    download::to_file(&pack.address, pack.bytes, &partial)?;
    let checked = checked(pack, &partial);
    if checked.is_err() {
        // Nothing can be gone on with: all its bytes are there, and they are wrong.
        fs::remove_file(&partial).with_context(|| format!("cannot remove {}", partial.display()))?;
    }
    let fetched = checked?;
    show(&fetched)?;
    added(&fetched, true)?;
    fs::remove_file(&partial).with_context(|| format!("cannot remove {}", partial.display()))?;
    Ok(0)
}

fn checked(pack: &Published, file: &Path) -> Result<Pack> {
    let fetched = Pack::open(file).with_context(|| format!("{} gave no pack", pack.address))?;
    let digest = fetched.digest()?;
    if digest != pack.digest {
        bail!("{} gave a pack with the digest {digest}, published is {}", pack.address, pack.digest);
    }
    let config = &fetched.info().config;
    if config.name != pack.name {
        bail!("{} gave the pack {:?}, expected {:?}", pack.address, config.name, pack.name);
    }
    if config.licence.id != pack.licence.id {
        // What was accepted is what was shown.
        bail!("the pack's licence is {:?}, the list says {:?}", config.licence.id, pack.licence.id);
    }
    Ok(fetched)
}

/// Asks whether the licence is accepted; an error where nobody can be asked.
fn accepted() -> Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("the licence must be accepted: --accept-licence says so where nobody can be asked");
    }
    eprint!("use these weights under this licence? [y/N] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
