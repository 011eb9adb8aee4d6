use indicia_core::{Digest, Error, Geometry, Limits, Picture, Result};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::placement::Placement;

/// A change of known kind and strength, done to a picture or to the file that is made of it.
#[derive(Debug)]
pub struct Corruption {
    /// Name in recipes, in snake case, such as `gaussian_noise`.
    pub id: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub text: &'static str,
    /// Which suite it belongs to.
    pub suite: Suite,
    /// Whose definition it follows: a paper, or a library with its version.
    pub source: &'static str,
    /// How near it comes to that definition, as measured; empty where there is nothing to compare with.
    pub agreement: &'static str,
    /// Where pixels lie afterwards.
    pub geometry: Geometry,
    /// What its strength is made of, in the order of `id:VALUES`.
    pub parameters: &'static [Parameter],
    /// The values of severities 1 to 5; empty for a corruption that has no severities.
    pub severities: &'static [&'static [f64]],
    /// The function. Values have been checked against [`Corruption::parameters`].
    pub run: Run,
    /// For [`Geometry::Moved`]: where the pixels of the output lie in the input, if that can be said.
    pub place: Option<Place>,
    /// Value lists that `id:VALUES` with fewer values stands for, such as all cells of a grid.
    pub spread: Option<Spread>,
}

/// Changes a picture by values.
pub type Run = fn(Picture, &[f64], &Context<'_>) -> Result<Output>;
/// Says where the pixels of the output lie in a picture of this width and height.
pub type Place = fn((usize, usize), &[f64], &Context<'_>) -> Result<Placement>;
/// Gives the full value lists that a short one stands for, if it stands for several.
pub type Spread = fn(&[f64]) -> Option<Vec<Vec<f64>>>;

/// Suites of corruptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// What happens to pictures of every kind.
    Common,
    /// What happens to medical images, by the device that makes them.
    Medical,
    /// What happens in endoscopy.
    Endoscopic,
}

impl Suite {
    /// Name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Common => "common",
            Self::Medical => "medical",
            Self::Endoscopic => "endoscopic",
        }
    }
}

/// One number of a strength.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Name, in snake case.
    pub name: &'static str,
    /// Unit, such as `pixels`, or `1` for a plain number.
    pub unit: &'static str,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Whole numbers only.
    pub whole: bool,
    /// Value where `id:VALUES` ends before it.
    pub default: Option<f64>,
}

impl Parameter {
    /// A number that must be given.
    pub const fn new(name: &'static str, unit: &'static str, min: f64, max: f64) -> Self {
        Self { name, unit, min, max, whole: false, default: None }
    }

    /// The same, whole numbers only.
    pub const fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// The same, with a value where none is given.
    pub const fn or(self, default: f64) -> Self {
        Self { default: Some(default), ..self }
    }

    /// Checks a value.
    ///
    /// # Errors
    /// `Configuration` with the range and the value.
    pub fn check(&self, value: f64) -> Result<()> {
        let Self { name, unit, min, max, whole, .. } = self;
        if (*min..=*max).contains(&value) && (!whole || value.fract() == 0.0) {
            return Ok(());
        }
        let kind = if *whole { "a whole number" } else { "a number" };
        let unit = if *unit == "1" { String::new() } else { format!(" ({unit})") };
        Err(Error::configuration(format!("expected {name} as {kind} from {min} to {max}{unit}, got {value}")))
    }
}

/// What a corruption gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Pixels.
    Picture(Picture),
    /// The bytes of a file whose compression is the corruption.
    File(Vec<u8>),
}

/// What a corruption works under.
#[derive(Debug)]
pub struct Context<'a> {
    /// Where its random numbers come from.
    pub seed: Seed,
    /// Bounds for what it makes.
    pub limits: &'a Limits,
}

/// Where the random numbers of one step over one item come from. Numbers of a row depend on the seed and the
/// row alone, so that threads do not change them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed of one step: it follows from the item's digest, the user's seed, the place of the step in its
    /// recipe, and the step as written.
    pub fn of(item: Digest, seed: u64, place: usize, step: &str) -> Self {
        let mut bytes = b"indicia.corrupt/1\0".to_vec();
        bytes.extend(item.as_bytes());
        bytes.extend(seed.to_le_bytes());
        bytes.extend((place as u64).to_le_bytes());
        bytes.extend(step.as_bytes());
        Self(*Digest::of(&bytes).as_bytes())
    }

    /// Numbers for the whole picture: an angle, a place.
    pub fn whole(&self) -> ChaCha8Rng {
        self.stream(0)
    }

    /// Numbers for row `y`.
    pub fn row(&self, y: usize) -> ChaCha8Rng {
        self.stream(1 + y as u64)
    }

    fn stream(&self, stream: u64) -> ChaCha8Rng {
        let mut generator = ChaCha8Rng::from_seed(self.0);
        generator.set_stream(stream);
        generator
    }
}
