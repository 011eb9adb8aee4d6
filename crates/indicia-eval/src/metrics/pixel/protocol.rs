use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

/// How maps are compared with masks. Published results differ in each of these, so that every number is
/// reported with [`PixelProtocol::describe`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PixelProtocol {
    /// Pixels from here on are called altered.
    pub threshold: f32,
    /// A band around the edge of the mask that does not count.
    pub trimap: Option<Trimap>,
    /// Every metric of a picture is the better one of the map and its inverse: a convention of maps that only
    /// contrast two regions, and optimistic.
    pub inverted: bool,
    /// Maps of another size than the mask are brought to it by nearest neighbour instead of refused.
    pub resize: bool,
    /// An authentic picture is a false alarm if more than this share of its pixels is called altered.
    pub alarm_share: f64,
}

/// Windows of the band around a mask's edge, in pixels, odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trimap {
    /// Altered is what remains after erosion by a square of this side.
    pub erode: usize,
    /// Authentic is what lies outside after dilation by a square of this side.
    pub dilate: usize,
}

impl Default for PixelProtocol {
    fn default() -> Self {
        Self { threshold: 0.5, trimap: None, inverted: false, resize: false, alarm_share: 0.01 }
    }
}

impl Trimap {
    /// Erosion by 15, dilation by 11 (Guillaro et al., TruFor, CVPR 2023; its released metrics).
    pub const TRUFOR: Self = Self { erode: 15, dilate: 11 };
}

impl PixelProtocol {
    /// In a sentence.
    pub fn describe(&self) -> String {
        let mut words = vec![format!("altered from {} upwards", self.threshold)];
        words.push(match self.trimap {
            None => "all pixels count".to_owned(),
            Some(Trimap { erode, dilate }) => {
                format!("pixels between the mask eroded by {erode} and dilated by {dilate} do not count")
            }
        });
        if self.inverted {
            words.push("for each picture the better one of the map and its inverse (optimistic)".to_owned());
        }
        if self.resize {
            words.push("maps of another size are resized by nearest neighbour".to_owned());
        }
        words.join("; ")
    }

    /// For every pixel whether it counts as altered (`Some(true)`), authentic, or not at all.
    pub(super) fn zones(&self, mask: ArrayView2<'_, bool>) -> Array2<u8> {
        match self.trimap {
            None => mask.mapv(|m| if m { ALTERED } else { AUTHENTIC }),
            Some(Trimap { erode, dilate }) => {
                let inside = grow(mask.mapv(|m| !m), erode / 2);
                let outside = grow(mask.to_owned(), dilate / 2);
                ndarray::Zip::from(&inside).and(&outside).map_collect(|&not_inside, &near| {
                    match (not_inside, near) {
                        (false, _) => ALTERED,
                        (true, false) => AUTHENTIC,
                        (true, true) => IGNORED,
                    }
                })
            }
        }
    }
}

pub(super) const AUTHENTIC: u8 = 0;
pub(super) const ALTERED: u8 = 1;
pub(super) const IGNORED: u8 = 2;

/// Sets every pixel that has a set one in the square of side `2 * radius + 1` around it.
fn grow(mut mask: Array2<bool>, radius: usize) -> Array2<bool> {
    if radius == 0 {
        return mask;
    }
    for mut row in mask.rows_mut() {
        grow_line(&mut row, radius);
    }
    for mut column in mask.columns_mut() {
        grow_line(&mut column, radius);
    }
    mask
}

fn grow_line(line: &mut ndarray::ArrayViewMut1<'_, bool>, radius: usize) {
    let set: Vec<usize> = line.indexed_iter().filter(|(_, v)| **v).map(|(i, _)| i).collect();
    let length = line.len();
    let mut filled = 0;
    for at in set {
        let (from, to) = (at.saturating_sub(radius).max(filled), (at + radius + 1).min(length));
        (from..to).for_each(|i| line[i] = true);
        filled = filled.max(to);
    }
}
