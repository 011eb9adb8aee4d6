use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::args::Format;

#[derive(Debug, Subcommand)]
pub enum WeightsCommand {
    /// List the packs of weights: in this program, added, and published
    List(ListArgs),
    /// Add a pack: show its licence and card, copy it, check the copy
    Add(AddArgs),
    /// Read packs whole and compare their digests with those noted when they were added
    Verify(VerifyArgs),
    /// Download a published pack, once its licence is accepted
    Fetch(FetchArgs),
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Added packs are in the folder that the variable INDICIA_WEIGHTS names, or in indicia/weights where the
system keeps users' data (on Linux ~/.local/share).

Exit status:
  0   done
  2   some pack could not be read
  64  wrong usage")]
pub struct ListArgs {
    /// What to print: a table for people, or one JSON document a line
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    /// List the published packs of this file (TOML) instead of those known to this program
    #[arg(long, value_name = "FILE.toml")]
    pub published: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// Pack: a file NAME.pack, or a folder with weights.safetensors, config.json and card.md
    #[arg(value_name = "PACK")]
    pub pack: PathBuf,

    /// Replace a pack of the same name
    #[arg(long)]
    pub replace: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit status:
  0   every digest is the one that was noted
  2   some pack is not what was added, or could not be read
  64  wrong usage, or no pack of that name")]
pub struct VerifyArgs {
    /// Names of packs, or paths (with a slash, or ending in .pack) of packs that were not added
    /// [default: all there are]
    #[arg(value_name = "NAME")]
    pub packs: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
The licence is shown and asked for before anything is downloaded. A download that breaks off is gone on
with by the same command.

Exit status:
  0   the pack is there and its digest is the published one
  2   the licence was not accepted
  64  wrong usage, no network, or not what was published")]
pub struct FetchArgs {
    /// Name of a published pack
    #[arg(value_name = "NAME")]
    pub name: String,

    /// Accept the licence without being asked
    #[arg(long)]
    pub accept_licence: bool,

    /// Take the published packs of this file (TOML) instead of those known to this program
    #[arg(long, value_name = "FILE.toml")]
    pub published: Option<PathBuf>,
}
