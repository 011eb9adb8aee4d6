//! Many small maps on one picture.

use indicia_core::Picture;
use ndarray::Array2;

/// Panels in a row.
const ACROSS: usize = 5;

/// Largest side of the sheet, in pixels.
const SIDE: usize = 1600;

/// Pixels between panels.
const GAP: usize = 4;

/// Most pixels for a cell along a side, so that small pictures stay small.
const CELL_PIXELS: usize = 4;

/// Maps of one size with values of 0 to 1 as gray panels (0 black, 1 white), five in a row, on a blue ground.
/// At most 1600 pixels a side; panels of large maps show the cell nearest to each pixel.
pub(crate) fn contact_sheet(maps: &[Array2<f32>]) -> Picture {
    let Some((high, wide)) = maps.first().map(Array2::dim).filter(|d| d.0 > 0 && d.1 > 0) else {
        return Picture { width: 1, height: 1, rgb: vec![0; 3] };
    };
    let across = maps.len().min(ACROSS);
    let down = maps.len().div_ceil(ACROSS);
    // The most that a panel may measure, and the one scale that keeps both sides within it.
    let room = |panels: usize| ((SIDE - GAP) / panels).saturating_sub(GAP).max(1);
    let scale =
        (room(across) as f64 / wide as f64).min(room(down) as f64 / high as f64).min(CELL_PIXELS as f64);
    let side = |cells: usize, most: usize| ((cells as f64 * scale) as usize).clamp(1, most);
    let (panel_wide, panel_high) = (side(wide, room(across)), side(high, room(down)));
    let (width, height) = (GAP + across * (panel_wide + GAP), GAP + down * (panel_high + GAP));
    let mut rgb = [40, 60, 110].repeat(width * height);
    for (i, map) in maps.iter().enumerate() {
        let left = GAP + i % ACROSS * (panel_wide + GAP);
        let top = GAP + i / ACROSS * (panel_high + GAP);
        for y in 0..panel_high {
            for x in 0..panel_wide {
                let value = map[(y * high / panel_high, x * wide / panel_wide)];
                let at = 3 * ((top + y) * width + left + x);
                rgb[at..at + 3].fill((255.0 * value.clamp(0.0, 1.0)).round() as u8);
            }
        }
    }
    Picture { width, height, rgb }
}
