//! Whether a region on another grid contradicts the rest of the picture.
//!
//! Two grids in one picture are no contradiction by themselves: a JPEG that was cropped and saved again carries
//! both everywhere, the newer one where there is texture for it, the older one elsewhere. Pasted material brings
//! a grid that the rest does not have.

use indicia_ops::a_contrario::log10_binomial_tail;

use super::algorithm::{CHANCE, Detection, PIXELS_PER_VOTE, log10_tests};

/// Highest log10 probability, under equally likely votes, of as many votes for a region's grid in the rest of
/// the picture that are still taken for chance.
const LOG10_CHANCE: f64 = -2.0;

/// How regions on one grid relate to the rest of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// The rest follows a grid of its own and not the regions'.
    Pasted,
    /// The picture as a whole has no grid, and all its regions share one.
    OneGrid,
    /// The regions' grid runs through the rest, too.
    Everywhere,
    /// What lies outside the regions is too little to follow a grid.
    NoRest,
}

/// A side of a region's box, longer by half at both ends: pasted material reaches beyond the part of it that
/// has enough votes to be found.
fn reach(low: u32, high: u32) -> std::ops::RangeInclusive<u32> {
    let margin = (high - low).div_ceil(2);
    low.saturating_sub(margin)..=high + margin
}

/// Judges each grid that has meaningful regions; `None` for the others.
pub fn judge(detection: &Detection, width: usize) -> [Option<Contradiction>; 64] {
    let Detection { votes, main, foreign, .. } = detection;
    let mut judged = [None; 64];
    let several = foreign.iter().any(|r| r.region.grid != foreign[0].region.grid);
    for grid in foreign.iter().map(|region| region.region.grid) {
        let of_grid = &mut judged[usize::from(grid)];
        if of_grid.is_some() {
            continue;
        }
        *of_grid = Some(if main.is_none() && !several {
            Contradiction::OneGrid
        } else {
            let regions = foreign.iter().map(|r| r.region).filter(|r| r.grid == grid);
            let boxes: Vec<_> = regions.map(|r| [reach(r.x0, r.x1), reach(r.y0, r.y1)]).collect();
            let inside = |x: usize, y: usize| {
                boxes.iter().any(|[across, down]| across.contains(&(x as u32)) && down.contains(&(y as u32)))
            };
            let (mut own, mut same, mut other) = (0, 0, 0);
            for (place, &vote) in votes.iter().enumerate().filter(|(_, vote)| **vote < 64) {
                if !inside(place % width, place / width) {
                    match main {
                        Some(main) if vote == main.grid => own += 1,
                        _ if vote == grid => same += 1,
                        _ => other += 1,
                    }
                }
            }
            let tail = |votes: u64, all: u64, chance: f64| {
                log10_binomial_tail(all / PIXELS_PER_VOTE, votes / PIXELS_PER_VOTE, chance)
            };
            let follows_own = tail(own, own + same + other, CHANCE) + log10_tests(votes.len()) < 0.0;
            if main.is_some() && !follows_own {
                Contradiction::NoRest
            } else if tail(same, same + other, 1.0 / 63.0) <= LOG10_CHANCE {
                Contradiction::Everywhere
            } else {
                Contradiction::Pasted
            }
        });
    }
    judged
}
