use crate::metrics::binary::Ranking;
use indicia_core::Result;

/// Lower bits of a key that a bin does not keep: sign, exponent and 11 bits of the fraction remain.
const DROPPED: u32 = 12;
const BINS: usize = 1 << (32 - DROPPED);
/// Thresholds at which the mean F1 over pictures is kept.
pub(super) const THRESHOLDS: usize = 256;

/// Pixels of all pictures by value, 16 MB however many there are. Values of one bin differ by less than 1/2048
/// of themselves.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Altered and authentic pixels of forged pictures.
    bins: Vec<[u64; 2]>,
    /// Sum of F1 over forged pictures at each of [`THRESHOLDS`] thresholds from 0 to 1.
    pub(super) f1: Vec<f64>,
    /// Outcomes at the threshold: true and false positives, false and true negatives, of forged pictures.
    pub(super) outcomes: [u64; 4],
    pub(super) scratch: [Vec<u32>; 3],
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            bins: vec![[0; 2]; BINS],
            f1: vec![0.0; THRESHOLDS],
            outcomes: [0; 4],
            scratch: [vec![], vec![], vec![]],
        }
    }
}

impl Pool {
    /// Adds sorted keys of altered and authentic pixels.
    pub(super) fn add(&mut self, altered: &[u32], authentic: &[u32]) {
        for (class, keys) in [altered, authentic].into_iter().enumerate() {
            for same in keys.chunk_by(|a, b| a >> DROPPED == b >> DROPPED) {
                self.bins[(same[0] >> DROPPED) as usize][class] += same.len() as u64;
            }
        }
    }

    /// Adds all of another pool.
    pub fn merge(&mut self, other: &Self) {
        for (sum, bin) in self.bins.iter_mut().zip(&other.bins) {
            *sum = [sum[0] + bin[0], sum[1] + bin[1]];
        }
        self.f1.iter_mut().zip(&other.f1).for_each(|(sum, v)| *sum += v);
        self.outcomes.iter_mut().zip(&other.outcomes).for_each(|(sum, v)| *sum += v);
    }

    /// The ranking of all pixels. Its scores are numbers of bins, which rise with the values.
    pub(super) fn ranking(&self) -> Result<Ranking> {
        let filled = self.bins.iter().enumerate().filter(|(_, bin)| bin[0] + bin[1] > 0);
        Ranking::from_cells(filled.map(|(place, bin)| (place as f64, bin[0] as f64, bin[1] as f64)))
    }
}
