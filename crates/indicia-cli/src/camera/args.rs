use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicia_core::Limits;

use crate::args::{Format, parse_limits};

#[derive(Debug, Subcommand)]
pub enum CameraCommand {
    /// Make the fingerprint of a camera from pictures that it took
    Enrol(EnrolArgs),
    /// Tell which pictures an enrolled camera took, and which parts it did not
    Match(MatchArgs),
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Take pictures as the camera wrote them, at its full size, not turned by software: evenly lit, bright, out of
focus ones (sky, a white wall) serve best, 10 to 20 of them; of ordinary pictures 50. Add some ordinary ones
in any case: from them the map learns how much texture hides. Each picture is compared with the fingerprint
of the others, to tell how good it is and which pictures do not belong.

Exit status:
  0   done
  2   done, but some pictures were not found by the fingerprint of the others
  64  wrong usage, or a picture cannot be used
  130 stopped by Ctrl-C")]
pub struct EnrolArgs {
    /// Pictures of one camera: files, or folders with everything below them
    #[arg(required = true, value_name = "IMAGE")]
    pub images: Vec<PathBuf>,

    /// File to write, such as NAME.fingerprint (a NumPy NPZ archive)
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,

    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,

    /// Upper bounds for one picture, such as pixels=50M,memory=2G
    #[arg(long, value_name = "NAME=N,...", value_parser = parse_limits)]
    pub limits: Option<Limits>,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
PCE is the peak-to-correlation energy; from 60 on the camera took the picture. log10(p) is the logarithm of
the probability that chance gives such a peak, as if correlations were normal; real ones have heavier tails.

Exit status:
  0   every picture was compared
  2   some picture could not be read or compared
  64  wrong usage
  130 stopped by Ctrl-C")]
pub struct MatchArgs {
    /// Pictures: files, or folders with everything below them
    #[arg(required = true, value_name = "IMAGE")]
    pub images: Vec<PathBuf>,

    /// Fingerprint that `indicia camera enrol` made
    #[arg(long, value_name = "FILE")]
    pub fingerprint: PathBuf,

    /// What to print: a table for people, or one JSON document a line
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    /// Write where the fingerprint is missing as NAME.signal.camera-fingerprint.npy (float32, height x width,
    /// higher is more suspicious)
    #[arg(long, value_name = "DIR")]
    pub maps: Option<PathBuf>,

    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,

    /// Upper bounds for one picture, such as pixels=50M,memory=2G
    #[arg(long, value_name = "NAME=N,...", value_parser = parse_limits)]
    pub limits: Option<Limits>,
}
