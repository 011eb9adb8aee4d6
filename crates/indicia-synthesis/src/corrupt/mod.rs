//! Corruptions of known strength: what networks, cameras, screens and people do to pictures, each with five
//! severities, and recipes that chain them.
//!
//! A [`Corruption`] is an entry of [`CORRUPTIONS`]: its words, its range, and a pure function of a picture, a
//! strength and a seed. A [`Recipe`] names some of them with their strength, as protocols write conditions,
//! and makes a changed file of a file.
//!
//! Those that Hendrycks and Dietterich (ICLR 2019) define follow the code that is used under their name,
//! imagecorruptions 1.1.2, down to its habit of cutting the fraction of a sample off instead of rounding:
//! half a gray level darker on average.

mod blur;
mod colour;
mod endoscopic;
mod entry;
mod files;
mod geometric;
mod kernel;
pub mod medical;
mod noise;
pub(crate) mod normal;
mod page;
mod placement;
mod random;
mod recipe;

mod scale;
mod screen;
mod share;
#[cfg(test)]
mod tests;
mod warp;
mod weather;

pub use entry::{Context, Corruption, Output, Parameter, Seed, Suite};
pub use page::{catalogue, page};
pub use placement::Placement;
pub use recipe::{Corrupted, Recipe};

/// All corruptions, by id. One entry a line, in alphabetical order.
pub static CORRUPTIONS: &[&Corruption] = &[
    &medical::BLACK_CORNER,
    &endoscopic::BLOOD_TINT,
    &colour::BRIGHTNESS,
    &medical::BRIGHTNESS_DOWN,
    &medical::BRIGHTNESS_UP,
    &medical::BUBBLE,
    &endoscopic::BUBBLES,
    &medical::CHARACTERS,
    &endoscopic::COLOR_CHANGES,
    &colour::CONTRAST,
    &medical::CONTRAST_DOWN,
    &medical::CONTRAST_UP,
    &geometric::CROP,
    &endoscopic::DEBRIS,
    &blur::DEFOCUS_BLUR,
    &scale::DOWN_UP,
    &geometric::ELASTIC_TRANSFORM,
    &share::EQUALISE,
    &weather::FOG,
    &colour::GAMMA,
    &medical::GAMMA_CORR_DOWN,
    &medical::GAMMA_CORR_UP,
    &blur::GAUSSIAN_BLUR,
    &medical::GAUSSIAN_BLUR_WINDOW,
    &noise::GAUSSIAN_NOISE,
    &blur::GLASS_BLUR,
    &medical::GRAYSCALE,
    &geometric::HORIZONTAL_FLIP,
    &noise::IMPULSE_NOISE,
    &endoscopic::INSTRUMENT_SHADOW,
    &endoscopic::INTERLACING,
    &endoscopic::ISO_NOISE,
    &files::JPEG,
    &endoscopic::LENS_DISTORTION,
    &endoscopic::LENS_FOGGING,
    &blur::MEDIAN_FILTER,
    &blur::MOTION_BLUR,
    &geometric::OCCLUDE,
    &endoscopic::OVER_EXPOSURE,
    &scale::PIXELATE,
    &medical::PIXELATE_BOX,
    &colour::POSTERIZE,
    &scale::RESIZE,
    &endoscopic::RESOLUTION_CHANGE,
    &geometric::ROTATION,
    &colour::SATURATE,
    &screen::SCREEN_CAMERA,
    &share::SCREENSHOT,
    &noise::SHOT_NOISE,
    &endoscopic::SMOKE,
    &weather::SNOW,
    &share::SOCIAL_FACEBOOK,
    &share::SOCIAL_INSTAGRAM,
    &share::SOCIAL_SIGNAL,
    &share::SOCIAL_TELEGRAM,
    &share::SOCIAL_WHATSAPP,
    &share::SOCIAL_X,
    &colour::SOLARIZE,
    &noise::SPECKLE_NOISE,
    &endoscopic::SPECULAR_FLASHES,
    &endoscopic::SPECULAR_REFLECTION,
    &medical::STAIN_DEPOSIT,
    &endoscopic::UNDER_EXPOSURE,
    &endoscopic::VIGNETTING,
    &files::WEBP,
    &blur::ZOOM_BLUR,
    &medical::ZOOM_BLUR_CENTRED,
];

/// The corruption of this id.
pub fn find(id: &str) -> Option<&'static Corruption> {
    CORRUPTIONS.iter().find(|c| c.id == id).copied()
}
