//! The kinds of forgeries and the presets of histories: one list each.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// A number that is drawn for each forgery of a kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Name.
    pub name: &'static str,
    /// What it is, with its unit.
    pub text: &'static str,
    /// Smallest value.
    pub low: f64,
    /// Largest value.
    pub high: f64,
}

/// A kind of forgery.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KindInfo {
    /// Which.
    pub kind: Kind,
    /// Id, as tables and commands write it.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// What is done.
    pub text: &'static str,
    /// Where the recipe comes from.
    pub source: &'static str,
    /// What is drawn, uniformly from its range.
    pub parameters: &'static [Parameter],
}

/// The kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// See [`KINDS`].
    Splice,
    /// See [`KINDS`].
    CopyMove,
    /// See [`KINDS`].
    Removal,
    /// See [`KINDS`].
    TextSwap,
    /// See [`KINDS`].
    DigitEdit,
    /// See [`KINDS`].
    SelfBlend,
    /// See [`KINDS`].
    LocalBlur,
    /// See [`KINDS`].
    LocalEnhance,
}

const fn parameter(name: &'static str, text: &'static str, low: f64, high: f64) -> Parameter {
    Parameter { name, text, low, high }
}

const SHARE: &str = "share of the picture that the region covers";
const FEATHER: &str = "standard deviation of the Gaussian that softens the region's edge, in pixels";

/// All kinds of forgeries.
pub const KINDS: &[KindInfo] = &[
    KindInfo {
        kind: Kind::Splice,
        id: "splice",
        title: "region of another picture",
        text: "a region of another picture (blob, polygon, ellipse, rectangle or an object grown by colour) is \
               pasted in, in half of the cases turned, scaled or mirrored, in half with colours matched to \
               those that it covers",
        source: "the splices of J. Dong, W. Wang, T. Tan, \"CASIA image tampering detection evaluation \
                 database\", ChinaSIP 2013; colours: E. Reinhard et al., IEEE CG&A 21, 2001",
        parameters: &[
            parameter("share", SHARE, 0.01, 0.20),
            parameter("aspect", "width over height of the region", 0.5, 2.0),
            parameter("scale", "enlargement, where the region is transformed", 0.7, 1.4),
            parameter("rotation", "rotation in degrees, where the region is transformed", -45.0, 45.0),
            parameter(
                "match_colour",
                "strength of the matching of colours, where they are matched",
                0.3,
                1.0,
            ),
            parameter("feather", FEATHER, 0.0, 2.0),
        ],
    },
    KindInfo {
        kind: Kind::CopyMove,
        id: "copy_move",
        title: "region of the same picture",
        text: "a region is copied to one to three other places that do not overlap it, in half of the cases \
               turned, scaled, mirrored or made lighter; a second mask shows the source",
        source: "V. Christlein et al., \"An evaluation of popular copy-move forgery detection approaches\", \
                 IEEE TIFS 7, 2012",
        parameters: &[
            parameter("share", SHARE, 0.005, 0.08),
            parameter("aspect", "width over height of the region", 0.5, 2.0),
            parameter("scale", "enlargement, where the copy is transformed", 0.8, 1.25),
            parameter("rotation", "rotation in degrees, where the copy is transformed", -45.0, 45.0),
            parameter("brightness", "grey levels added, where the copy is transformed", -12.0, 12.0),
            parameter("feather", FEATHER, 0.0, 1.0),
        ],
    },
    KindInfo {
        kind: Kind::Removal,
        id: "removal",
        title: "region filled from its surroundings",
        text: "a region is filled with similar patches from around it (three of four) or by \
               diffusion",
        source: "Y. Wexler, E. Shechtman, M. Irani, IEEE TPAMI 29, 2007; C. Barnes et al., \"PatchMatch\", ACM \
                 TOG 28(3), 2009; T. F. Chan, J. Shen, SIAM J. Appl. Math. 62, 2002",
        parameters: &[
            parameter("share", SHARE, 0.005, 0.06),
            parameter("aspect", "width over height of the region", 0.5, 2.0),
        ],
    },
    KindInfo {
        kind: Kind::TextSwap,
        id: "text_swap",
        title: "words or lines of a page change places",
        text: "one to three pairs of words or lines of similar size change places on a page, the paper's colour \
               under them matched; the mask shows their rectangles, all of whose pixels are moved",
        source: "the copy-paste forgeries within a page of C. Artaud et al., \"Find it! Fraud detection \
                 contest\", ICPR 2018",
        parameters: &[parameter("pairs", "pairs that change places, whole", 1.0, 3.0)],
    },
    KindInfo {
        kind: Kind::DigitEdit,
        id: "digit_edit",
        title: "glyphs of numbers replaced by others of the page",
        text: "one to four glyphs of words whose glyphs are equally high, as digits are, are replaced by other \
               such glyphs of the page that look different; the mask shows their rectangles",
        source: "the changed amounts of C. Artaud et al., \"Find it! Fraud detection contest\", ICPR 2018",
        parameters: &[parameter("glyphs", "glyphs that are replaced, whole", 1.0, 4.0)],
    },
    KindInfo {
        kind: Kind::SelfBlend,
        id: "self_blend",
        title: "picture blended with a changed version of itself",
        text: "a version of the picture with other colours, softened or sharpened, a little moved and scaled, \
               is blended in through an elastically deformed, twice blurred mask; in half of the cases the \
               background is changed instead, in the twin too",
        source: "K. Shiohara, T. Yamasaki, \"Detecting deepfakes with self-blended images\", CVPR 2022; ranges \
                 as in its code (pictures of 380 pixels), a region in place of the hull of landmarks",
        parameters: &[
            parameter("share", SHARE, 0.05, 0.35),
            parameter("aspect", "width over height of the region", 0.6, 1.3),
            parameter("shift_x", "columns that it moves, as a share of the width", -0.03, 0.03),
            parameter("shift_y", "rows that it moves, as a share of the height", -0.015, 0.015),
            parameter("scale", "enlargement", 0.95, 1.05),
            parameter("blur", "standard deviation of each blur of the mask, in pixels at 380", 1.1, 4.1),
            parameter("colour_offset", "grey levels added to each channel", -20.0, 20.0),
            parameter("gain", "factor of contrast", 0.9, 1.1),
            parameter("saturation", "factor of saturation", 0.7, 1.3),
            parameter("sharpen", "strength of sharpening", 0.2, 0.5),
            parameter("down_up", "factor of reducing and enlarging again", 2.0, 4.0),
        ],
    },
    KindInfo {
        kind: Kind::LocalBlur,
        id: "local_blur",
        title: "region smoothed",
        text: "a region is blurred by a Gaussian or a median",
        source: "the blurred regions of H. Guan et al., \"MFC datasets\", WACVW 2019",
        parameters: &[
            parameter("share", SHARE, 0.01, 0.20),
            parameter("aspect", "width over height of the region", 0.5, 2.0),
            parameter("sigma", "standard deviation of the Gaussian, in pixels", 0.8, 4.0),
            parameter("feather", FEATHER, 0.0, 3.0),
        ],
    },
    KindInfo {
        kind: Kind::LocalEnhance,
        id: "local_enhance",
        title: "region sharpened, recoloured or made noisy",
        text: "a region is sharpened, its contrast, brightness and colours are changed, or noise is added",
        source: "the local operations of H. Guan et al., \"MFC datasets\", WACVW 2019",
        parameters: &[
            parameter("share", SHARE, 0.01, 0.20),
            parameter("aspect", "width over height of the region", 0.5, 2.0),
            parameter("sharpen", "strength of sharpening", 0.8, 3.0),
            parameter("gain", "factor of contrast", 0.75, 1.4),
            parameter("offset", "grey levels added", -25.0, 25.0),
            parameter("saturation", "factor of saturation", 0.5, 1.6),
            parameter("noise", "standard deviation of noise in grey levels", 3.0, 12.0),
            parameter("feather", FEATHER, 0.0, 3.0),
        ],
    },
];

impl Kind {
    /// Its entry in [`KINDS`].
    pub fn info(self) -> &'static KindInfo {
        KINDS.iter().find(|info| info.kind == self).unwrap_or_else(|| unreachable!("{self:?} is listed"))
    }

    /// The kind with an id.
    pub fn of(id: &str) -> Option<Self> {
        KINDS.iter().find(|info| info.id == id).map(|info| info.kind)
    }

    /// True if it needs a page with text.
    pub fn needs_text(self) -> bool {
        matches!(self, Self::TextSwap | Self::DigitEdit)
    }

    /// The range of one of its parameters.
    pub(super) fn range(self, name: &str) -> std::ops::RangeInclusive<f64> {
        let found = self.info().parameters.iter().find(|p| p.name == name);
        let found = found.unwrap_or_else(|| unreachable!("{self:?} has no parameter {name}"));
        found.low..=found.high
    }

    /// Draws one of its parameters.
    pub(super) fn draw(self, name: &str, rng: &mut ChaCha8Rng) -> f64 {
        short(rng.random_range(self.range(name)))
    }
}

/// A drawn number with at most four places, which histories hold exactly when they are written and read.
pub(super) fn short(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// How a JPEG grid lies after a crop or a paste.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grid {
    /// One of the other two, by chance.
    Any,
    /// On the final file's grid.
    Keep,
    /// Off it.
    Break,
}

/// What a spliced region went through before it was pasted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionHistory {
    /// Nothing, a JPEG of the background's quality, or one of its own quality, by chance.
    Any,
    /// No JPEG but that of its source file.
    Once,
    /// A JPEG of the background's quality.
    AsBackground,
}

/// What happens to a picture besides its forgery; the same to its authentic twin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Histories {
    /// Qualities of the JPEG before the edit; `None` for no such JPEG.
    pub quality_first: Option<(u8, u8)>,
    /// Qualities of the final JPEG; `None` for PNG.
    pub quality_last: Option<(u8, u8)>,
    /// Qualities of one more JPEG between the edit and the final file.
    pub quality_between: Option<(u8, u8)>,
    /// Whether a crop of 0 to 7 columns and rows takes the first JPEG's grid off the final one.
    pub grid: Grid,
    /// What a spliced region went through.
    pub region: RegionHistory,
    /// How a spliced region's JPEG grid lies on the final one.
    pub region_grid: Grid,
    /// Regions are moved without being transformed, recoloured or softened.
    pub plain: bool,
    /// Standard deviations of a blur of the background at first.
    pub blur: Option<(f64, f64)>,
    /// Standard deviations of noise in a spliced region.
    pub region_noise: Option<(f64, f64)>,
    /// Factors of a resize before the first JPEG.
    pub scale_before: Option<(f64, f64)>,
    /// Factors of a resize after the edit.
    pub scale_after: Option<(f64, f64)>,
    /// Standard deviations of noise after the edit, in grey levels.
    pub noise: Option<(f64, f64)>,
}

impl Histories {
    /// A JPEG before and one after, the grid kept or broken, nothing else.
    pub const DEFAULT: Self = Self {
        quality_first: Some((50, 95)),
        quality_last: Some((60, 98)),
        quality_between: None,
        grid: Grid::Any,
        region: RegionHistory::Any,
        region_grid: Grid::Any,
        plain: false,
        blur: None,
        region_noise: None,
        scale_before: None,
        scale_after: None,
        noise: None,
    };
}

/// Histories under a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preset {
    /// Id.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// What is done.
    pub text: &'static str,
    /// The kind that it makes; `None` for authentic pictures.
    pub kind: Option<Kind>,
    /// Its histories.
    pub histories: Histories,
}

/// All presets.
pub const PRESETS: &[Preset] = &[
    Preset {
        id: "dq_splice",
        title: "background compressed twice, region once",
        text: "the background is saved at a low quality on the final grid, a region without that save is pasted \
               off any grid of its source, and all is saved at a higher quality",
        kind: Some(Kind::Splice),
        histories: Histories {
            quality_first: Some((50, 75)),
            quality_last: Some((85, 95)),
            grid: Grid::Keep,
            region: RegionHistory::Once,
            region_grid: Grid::Break,
            plain: true,
            ..Histories::DEFAULT
        },
    },
    Preset {
        id: "grid_splice",
        title: "region on a shifted JPEG grid",
        text: "background and region are saved at one low quality, the region is pasted off the final grid, and \
               all is saved at quality 95",
        kind: Some(Kind::Splice),
        histories: Histories {
            quality_first: Some((50, 75)),
            quality_last: Some((95, 95)),
            grid: Grid::Keep,
            region: RegionHistory::AsBackground,
            region_grid: Grid::Break,
            plain: true,
            ..Histories::DEFAULT
        },
    },
    Preset {
        id: "noise_splice",
        title: "noisy region, smoothed background",
        text: "the background is smoothed, a region with added noise is pasted in, and all is saved at quality \
               98",
        kind: Some(Kind::Splice),
        histories: Histories {
            quality_first: None,
            quality_last: Some((98, 98)),
            grid: Grid::Keep,
            region: RegionHistory::Once,
            plain: true,
            blur: Some((0.7, 1.2)),
            region_noise: Some((4.0, 8.0)),
            ..Histories::DEFAULT
        },
    },
    Preset {
        id: "pristine_double",
        title: "authentic, saved twice",
        text: "nothing is edited; the picture is saved at a low quality and again at a higher one",
        kind: None,
        histories: Histories {
            quality_first: Some((50, 75)),
            quality_last: Some((85, 95)),
            grid: Grid::Keep,
            ..Histories::DEFAULT
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_ranges_are_in_order() {
        let ids: Vec<_> = KINDS.iter().map(|k| k.id).chain(PRESETS.iter().map(|p| p.id)).collect();
        let unique: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len());
        for info in KINDS {
            assert_eq!(Kind::of(info.id), Some(info.kind));
            assert!(info.parameters.iter().all(|p| p.low < p.high), "{}", info.id);
        }
        let in_order = |range: Option<(u8, u8)>| range.is_none_or(|(low, high)| low <= high && high <= 100);
        assert!(
            PRESETS.iter().all(|p| in_order(p.histories.quality_first) && in_order(p.histories.quality_last))
        );
    }
}
