//! Random numbers that follow from what they are for.

use indicia_core::Digest;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Numbers for `purpose` from what decides them, such as an item's name and a seed. Each purpose has numbers of
/// its own, so that a change that is switched off leaves all others as they were.
pub fn random(purpose: &str, parts: &[&[u8]]) -> ChaCha8Rng {
    ChaCha8Rng::from_seed(digest(purpose, parts))
}

/// The same as one number.
pub fn seed_of(purpose: &str, parts: &[&[u8]]) -> u64 {
    let digest = digest(purpose, parts);
    u64::from_le_bytes(std::array::from_fn(|i| digest[i]))
}

fn digest(purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    // Lengths go in, so that no two lists of parts read the same.
    let all = [b"indicia.train/1", purpose.as_bytes()].into_iter().chain(parts.iter().copied());
    let framed = all.flat_map(|part| [(part.len() as u64).to_le_bytes().to_vec(), part.to_vec()]);
    *Digest::of_parts(framed).as_bytes()
}
