use std::sync::Arc;

use indicia_codec::jpeg::{Subsampling, recompress, standard_tables};
use indicia_core::{Examination, ExhibitData, Finding, Map};

use super::algorithm::analyse;
use super::{Last, examine};

const WIDTH: usize = 256;
const HEIGHT: usize = 192;

/// A scene of waves and grain, by its place in an endless plane, 40 to 215.
fn scene(y: usize, x: usize, seed: f64) -> u8 {
    let (y, x) = (y as f64, x as f64);
    let grain = (x * 12.9898 + y * 78.233 + seed).sin() * 43_758.545_3;
    let waves = (x / 9.0 + seed).sin() * (y / 13.0).cos() + (x / 31.0 - y / 17.0 + seed).sin();
    (128.0 + 30.0 * waves + 24.0 * (grain - grain.floor() - 0.5)) as u8
}

fn plane(width: usize, height: usize, (top, left): (usize, usize), seed: f64) -> Vec<u8> {
    let at = |i: usize| scene(top + i / width, left + i % width, seed);
    (0..width * height).map(at).collect()
}

/// A gray picture after a save at a standard quality.
fn saved(gray: &[u8], width: usize, quality: u8) -> Vec<u8> {
    let rgb: Vec<u8> = gray.iter().flat_map(|&g| [g; 3]).collect();
    let again = recompress(&rgb, width, gray.len() / width, quality, Subsampling::S444);
    again.chunks_exact(3).map(|p| p[0]).collect()
}

/// The pixels of `picture` from `(top, left)` on.
fn cropped(picture: &[u8], width: usize, (top, left): (usize, usize)) -> Vec<u8> {
    picture.chunks_exact(width).skip(top).flat_map(|row| &row[left..]).copied().collect()
}

/// Side and place of the pasted square.
const SIDE: usize = 64;
const AT: (usize, usize) = (72, 99);

/// Pastes a square of a picture that was saved at `quality` into `background`, so that its grid is shifted
/// by 3 rows and 5 columns.
fn pasted(background: &[u8], quality: u8) -> Vec<u8> {
    let donor = saved(&plane(WIDTH, HEIGHT, (1000, 2000), 2.0), WIDTH, quality);
    // Row 72 and column 99 of the picture are row 5 and column 6 modulo 8 of the donor.
    let (from_y, from_x) = (5, 6);
    let mut out = background.to_vec();
    for y in 0..SIDE {
        let to = (AT.0 + y) * WIDTH + AT.1;
        out[to..to + SIDE].copy_from_slice(&donor[(from_y + y) * WIDTH + from_x..][..SIDE]);
    }
    out
}

fn only(examination: Examination) -> Finding {
    match examination {
        Examination::Findings(mut findings) if findings.len() == 1 => findings.remove(0),
        other => panic!("{other:?}"),
    }
}

fn why(examination: Examination) -> String {
    match examination {
        Examination::NotApplicable { why } => why,
        other => panic!("{other:?}"),
    }
}

fn strength(finding: &Finding) -> f64 {
    finding.score.as_ref().expect("scored").statistic
}

fn map(finding: &Finding) -> Arc<Map> {
    match &finding.exhibits[0].data {
        ExhibitData::Map(map) => map.clone(),
        other => panic!("{other:?}"),
    }
}

/// Share of pairs of a cell inside and one outside the pasted square, cells on its border left out, that the
/// map puts in the right order.
fn order(map: &Map) -> f64 {
    let (mut inside, mut outside) = (vec![], vec![]);
    for ((row, column), &value) in map.values.indexed_iter() {
        let part = |cell: usize, at: usize| {
            let (low, high) = (cell * 8, cell * 8 + 8);
            if low >= at && high <= at + SIDE { 2 } else { usize::from(high > at && low < at + SIDE) }
        };
        match part(row, AT.0) * part(column, AT.1) {
            4 => inside.push(value),
            0 => outside.push(value),
            _ => {}
        }
    }
    let right: usize = inside.iter().map(|i| outside.iter().filter(|o| *o < i).count()).sum();
    right as f64 / (inside.len() * outside.len()) as f64
}

fn steps(quality: u8) -> [u16; 64] {
    standard_tables(quality)[0]
}

#[test]
fn a_pasted_part_is_told_from_its_twin_with_its_grid() {
    let background = saved(&plane(WIDTH, HEIGHT, (0, 0), 1.0), WIDTH, 60);
    let forged = saved(&pasted(&background, 70), WIDTH, 95);
    let twin = saved(&background, WIDTH, 95);
    let last = Last::File(steps(95));
    let forged = only(examine(&forged, WIDTH, HEIGHT, last));
    let twin = only(examine(&twin, WIDTH, HEIGHT, last));
    assert!(strength(&forged) > 2.0 && strength(&twin) < 1.0, "{} {}", strength(&forged), strength(&twin));
    assert!(forged.statement.contains("shifted by (5, 3) pixels"), "{}", forged.statement);
    assert!(
        forged.statement.contains("on the final grid of blocks, as by standard quality 60"),
        "{}",
        forged.statement
    );
    assert!(twin.statement.contains("no part is seen"), "{}", twin.statement);
    assert!(order(&map(&forged)) > 0.99, "{}", order(&map(&forged)));
}

#[test]
fn a_background_that_was_never_compressed_needs_no_history() {
    let background = plane(WIDTH, HEIGHT, (0, 0), 1.0);
    let last = Last::File(steps(95));
    let forged = only(examine(&saved(&pasted(&background, 60), WIDTH, 95), WIDTH, HEIGHT, last));
    let twin = only(examine(&saved(&background, WIDTH, 95), WIDTH, HEIGHT, last));
    assert!(strength(&forged) > 2.0 && strength(&twin) < 1.2, "{} {}", strength(&forged), strength(&twin));
    assert!(
        forged.statement.contains("(5, 3)") && forged.statement.ends_with("the rest was not."),
        "{}",
        forged.statement
    );
    assert!(twin.statement.starts_with("No earlier"), "{}", twin.statement);
    assert!(order(&map(&forged)) > 0.98, "{}", order(&map(&forged)));
}

#[test]
fn a_cropped_picture_is_said_to_be_cropped_and_is_not_suspicious() {
    let whole = saved(&plane(WIDTH, HEIGHT, (0, 0), 1.0), WIDTH, 65);
    let (width, height) = (WIDTH - 2, HEIGHT - 7);
    let crop = saved(&cropped(&whole, WIDTH, (7, 2)), width, 92);
    let finding = only(examine(&crop, width, height, Last::File(steps(92))));
    // Two columns and seven rows less: the old grid begins at column 6 and row 1.
    assert!(
        finding.statement.contains("whole picture") && finding.statement.contains("(6, 1)"),
        "{}",
        finding.statement
    );
    assert!(finding.statement.contains("quality 65"), "{}", finding.statement);
    assert!(strength(&finding) < 1.0, "{}", strength(&finding));
}

#[test]
fn what_cannot_be_read_is_said() {
    assert_eq!(
        why(examine(&[7; 5 * 5000], 5000, 5, Last::Unknown)),
        "needs 64 pixels in both directions, this is 5000x5"
    );
    assert!(why(examine(&[7], 1, 1, Last::Unknown)).contains("1x1"));
    for level in [0, 90, 255] {
        let flat = vec![level; 64 * 80];
        assert!(why(examine(&flat, 80, 64, Last::File(steps(90)))).contains("flat or saturated"));
    }
}

#[test]
fn odd_sizes_and_single_tiles_give_finite_maps_of_every_cell() {
    for (width, height) in [(64, 64), (71, 65), (64, 701), (300, 66)] {
        let picture = saved(&plane(width, height, (3, 3), 5.0), width, 80);
        for last in [Last::File(steps(80)), Last::Unknown] {
            let map = map(&only(examine(&picture, width, height, last)));
            assert_eq!(map.values.dim(), (height.div_ceil(8), width.div_ceil(8)));
            assert!(map.values.iter().all(|v| v.is_finite()));
        }
    }
}

#[test]
fn cells_outside_a_crop_take_their_neighbours() {
    let luma = plane(64, 64, (0, 0), 1.0);
    let mut analysis = analyse(&luma, 64, 64, None).expect("it varies");
    analysis.wide = 2;
    analysis.contrast = vec![1.0, 2.0, 3.0, 4.0];
    analysis.region = vec![true, false, false, false];
    // Rows cropped by 6: a cell's middle lies in the cropped cell above. Columns by 2: in the same one.
    analysis.uncrop(6 * 8 + 2, (3, 3));
    assert_eq!(analysis.contrast, [1.0, 2.0, 2.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0]);
    assert_eq!(analysis.region.iter().filter(|&&r| r).count(), 2);
}
