//! What happens to pictures that are passed on: screenshots, social networks, equal treatment before a test.

use indicia_codec::jpeg::Subsampling;
use indicia_core::{Error, Geometry, Picture, Result};
use rand::RngExt;

use super::geometric::part;
use super::random::between;
use super::recipe::decode;
use super::{Context, Corruption, Output, Parameter, Placement, Suite};
use crate::encode;
use crate::resample::{Filter, resize, resize_part, times};

/// See its text.
pub(super) static EQUALISE: Corruption = Corruption {
    id: "equalise",
    title: "Equal size and format",
    text: "Cuts a square out of the centre and saves it as a 4:2:0 JPEG, so that neither size, format nor quality tells items apart. A smaller picture is refused.",
    suite: Suite::Common,
    source: "equal cropping and encoding against the bias that Grommelt et al., Fake or JPEG? (2024), describe; severities ours",
    agreement: "",
    geometry: Geometry::Moved,
    parameters: &[
        Parameter::new("side", "pixels", 8.0, 16_384.0).whole(),
        Parameter::new("quality", "1", 1.0, 100.0).whole().or(96.0),
    ],
    severities: &[&[256.0, 96.0], &[256.0, 90.0], &[256.0, 80.0], &[256.0, 70.0], &[256.0, 50.0]],
    run: |picture, values, _| {
        let (x, y, side) = square((picture.width, picture.height), values)?;
        encode::jpeg(&part(&picture, x, y, side, side), values[1] as u8, Subsampling::S420).map(Output::File)
    },
    place: Some(|size, values, _| {
        let (x, y, side) = square(size, values)?;
        Ok(Placement::part(x as f64, y as f64, side, side))
    }),
    spread: None,
};

fn square((width, height): (usize, usize), values: &[f64]) -> Result<(usize, usize, usize)> {
    let side = values[0] as usize;
    if width < side || height < side {
        return Err(Error::input(format!(
            "the picture is smaller than the square of {side} pixels to be cut out"
        )));
    }
    Ok(((width - side) / 2, (height - side) / 2, side))
}

/// See its text.
pub(super) static SCREENSHOT: Corruption = Corruption {
    id: "screenshot",
    title: "Screenshot",
    text: "Shows the picture at another scale and a random fraction of a pixel aside, bilinear and rounded to 8 bits as a compositor does, and saves the screen as PNG (quality 0) or JPEG.",
    suite: Suite::Common,
    source: "ours",
    agreement: "",
    geometry: Geometry::Scaled,
    parameters: &[
        Parameter::new("scale", "1", 0.05, 8.0),
        Parameter::new("quality", "1, 0 for PNG", 0.0, 100.0).whole().or(0.0),
    ],
    severities: &[&[1.0, 0.0], &[0.8, 0.0], &[0.67, 92.0], &[0.5, 85.0], &[0.4, 75.0]],
    run: |picture, values, context| {
        let mut random = context.seed.whole();
        // A screen pixel's worth of the picture; the shown part begins up to one of them inside.
        let pixel = 1.0 / values[0];
        let mut stretch = |side: usize| {
            let shown = ((side as f64 * values[0]) as usize).saturating_sub(1).max(1);
            let room = side as f64 - shown as f64 * pixel;
            let from = between(random.random(), 0.0, room.clamp(0.0, pixel));
            (shown, (from, (from + shown as f64 * pixel).min(side as f64)))
        };
        let ((width, columns), (height, rows)) = (stretch(picture.width), stretch(picture.height));
        let screen = resize_part(&picture, [columns, rows], width, height, Filter::Bilinear, context.limits)?;
        match values[1] as u8 {
            0 => Ok(Output::Picture(screen)),
            quality => encode::jpeg(&screen, quality, Subsampling::S420).map(Output::File),
        }
    },
    place: None,
    spread: None,
};

/// What a network or messenger does to every picture.
struct Profile {
    /// Longest side.
    side: usize,
    /// JPEG quality, 4:2:0.
    quality: u8,
}

impl Profile {
    /// Sends a picture so many times.
    fn send(&self, mut picture: Picture, times_sent: f64, context: &Context<'_>) -> Result<Output> {
        let mut file = vec![];
        for pass in 0..times_sent as usize {
            if pass > 0 {
                picture = decode(file, context.limits)?;
            }
            let longest = picture.width.max(picture.height);
            if longest > self.side {
                let factor = self.side as f64 / longest as f64;
                let [width, height] = [picture.width, picture.height].map(|side| times(side, factor));
                picture = resize(&picture, width, height, Filter::Lanczos, context.limits)?;
            }
            file = encode::jpeg(&picture, self.quality, Subsampling::S420)?;
        }
        Ok(Output::File(file))
    }
}

macro_rules! profiles {
    ($($name:ident $id:literal $title:literal $side:literal $quality:literal $source:literal)*) => { $(
        /// See its text.
        pub(super) static $name: Corruption = Corruption {
            id: $id,
            title: $title,
            text: concat!(
                "Brings the longest side down to ", $side, " pixels (Lanczos) and saves a 4:2:0 JPEG of quality ",
                $quality, ", as often as it is sent on."
            ),
            suite: Suite::Common,
            source: $source,
            agreement: "",
            geometry: Geometry::Scaled,
            parameters: &[Parameter::new("times", "times sent", 1.0, 50.0).whole()],
            severities: &[&[1.0], &[2.0], &[3.0], &[4.0], &[5.0]],
            run: |picture, values, context| {
                Profile { side: $side, quality: $quality }.send(picture, values[0], context)
            },
            place: None,
            spread: None,
        };
    )* };
}

profiles! {
    SOCIAL_FACEBOOK "social_facebook" "Facebook" 2048 75
        "2048 pixels: commonly stated for high-quality uploads, no publication was checked; quality, filter and 4:2:0 are assumed (the network varies its quality with the picture)"
    SOCIAL_INSTAGRAM "social_instagram" "Instagram" 1080 75
        "1080 pixels: test uploads by J. Harmon, Photo Taco (2021); quality, filter and 4:2:0 are assumed"
    SOCIAL_SIGNAL "social_signal" "Signal" 1600 70
        "1600 pixels and quality 70: standard quality in the source code of Signal for Android (PushMediaConstraints, level 1, read at commit 6daee571); filter and 4:2:0 are assumed"
    SOCIAL_TELEGRAM "social_telegram" "Telegram" 1280 80
        "quality 80: source code of Telegram for Android (scaleAndSaveImage), older versions; 1280 pixels: commonly stated, not checked; filter and 4:2:0 are assumed, and servers may encode again"
    SOCIAL_WHATSAPP "social_whatsapp" "WhatsApp" 1600 75
        "1600 pixels: commonly observed for standard quality, not published; quality, filter and 4:2:0 are assumed"
    SOCIAL_X "social_x" "X (Twitter)" 4096 85
        "quality 85: announcement of Twitter's developers (December 2018); 4096 pixels: test uploads by J. Harmon, Photo Taco (2021); filter and 4:2:0 are assumed, and JPEG files below that quality may be left as they are"
}
