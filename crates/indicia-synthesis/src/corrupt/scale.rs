//! Changes of resolution.

use indicia_core::{Geometry, Picture};

use super::{Corruption, Output, Parameter, Suite};
use crate::resample::{Filter, resize, resize_nearest, times};

/// See its text.
pub(super) static DOWN_UP: Corruption = Corruption {
    id: "down_up",
    title: "Down and up again",
    text: "Makes the picture smaller by a factor and brings it back to its size, bicubic both ways.",
    suite: Suite::Common,
    source: "bicubic resize of Pillow 10.4; factors ours, up to the 4 and 8 of super-resolution benchmarks",
    agreement: "equal",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("factor", "1", 1.0, 64.0)],
    severities: &[&[1.5], &[2.0], &[3.0], &[4.0], &[8.0]],
    run: |picture, values, context| {
        let Picture { width, height, .. } = picture;
        let [small_width, small_height] = [width, height].map(|side| times(side, 1.0 / values[0]));
        let small = resize(&picture, small_width, small_height, Filter::Bicubic, context.limits)?;
        resize(&small, width, height, Filter::Bicubic, context.limits).map(Output::Picture)
    },
    place: None,
    spread: None,
};

/// See its text.
pub(super) static PIXELATE: Corruption = Corruption {
    id: "pixelate",
    title: "Pixelation",
    text: "Averages the picture over boxes and brings it back to its size by repeating pixels.",
    suite: Suite::Common,
    source: "pixelate of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "equal",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("factor", "1", 0.01, 1.0)],
    severities: &[&[0.6], &[0.5], &[0.4], &[0.3], &[0.25]],
    run: |picture, values, context| {
        let Picture { width, height, .. } = picture;
        let side = |n: usize| ((n as f64 * values[0]) as usize).max(1);
        let small = resize(&picture, side(width), side(height), Filter::Box, context.limits)?;
        resize_nearest(&small, width, height, context.limits).map(Output::Picture)
    },
    place: None,
    spread: None,
};

/// See its text.
pub(super) static RESIZE: Corruption = Corruption {
    id: "resize",
    title: "Resize",
    text: "Makes the picture smaller or larger by a factor, with a Lanczos filter.",
    suite: Suite::Common,
    source: "Lanczos resize of Pillow 10.4; severities ours",
    agreement: "equal",
    geometry: Geometry::Scaled,
    parameters: &[Parameter::new("factor", "1", 0.01, 16.0)],
    severities: &[&[0.9], &[0.75], &[0.5], &[0.35], &[0.25]],
    run: |picture, values, context| {
        let [width, height] = [picture.width, picture.height].map(|side| times(side, values[0]));
        resize(&picture, width, height, Filter::Lanczos, context.limits).map(Output::Picture)
    },
    place: None,
    spread: None,
};
