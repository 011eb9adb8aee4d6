//! Exhibits as plain pictures, for other uses than a page.

use indicia_core::{ExhibitData, Picture};

use super::{colour, resample};

/// A map in its page's colours, or a picture, with its long side at most `limit` pixels; `None` of tables,
/// curves and empty maps. A map comes back cut to the picture that it lies on and at that picture's proportions.
pub fn shown(data: &ExhibitData, limit: usize) -> Option<Picture> {
    let map = match data {
        ExhibitData::Picture(picture) => return Some(resample::shrink(picture, limit)),
        ExhibitData::Map(map) => map,
        _ => return None,
    };
    let levels = resample::levels(map, limit)?;
    let palette = &colour::scale(map.direction).palette;
    let rgb = (0..map.height)
        .flat_map(|y| (0..map.width).map(move |x| (x, y)))
        .flat_map(|(x, y)| {
            let (column, row) = (x / levels.cell, y / levels.cell);
            let inside = column < levels.columns && row < levels.rows;
            let level = if inside { levels.levels[row * levels.columns + column] } else { 0 };
            palette[usize::from(level)]
        })
        .collect();
    Some(resample::shrink(&Picture { width: map.width, height: map.height, rgb }, limit))
}

#[cfg(test)]
mod tests {
    use indicia_core::{Direction, Map};
    use ndarray::array;

    use super::*;

    #[test]
    fn a_map_has_its_pictures_proportions_and_the_scales_ends() {
        let map = Map {
            values: array![[0.0, 1.0], [1.0, 0.0]],
            cell: 8,
            width: 12,
            height: 16,
            outside: 0.0,
            low: 0.0,
            high: 1.0,
            direction: Direction::HigherIsSuspicious,
        };
        let picture = shown(&ExhibitData::Map(map.into()), 100).unwrap();
        assert_eq!((picture.width, picture.height), (12, 16));
        let at = |x: usize, y: usize| &picture.rgb[3 * (y * 12 + x)..][..3];
        let ends = &colour::scale(Direction::HigherIsSuspicious).palette;
        assert_eq!((at(7, 7), at(8, 7)), (&ends[0][..], &ends[255][..]));
        assert_eq!((at(0, 8), at(11, 15)), (&ends[255][..], &ends[0][..]));
    }
}
