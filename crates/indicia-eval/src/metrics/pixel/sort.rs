//! Sorting by bits: a picture's millions of values in three passes.

const BITS: u32 = 11;
const BUCKETS: usize = 1 << BITS;

/// A number whose order is that of the float: for any two values except NaN, `a < b` if and only if
/// `key(a) < key(b)`; -0 and 0 are one.
pub(super) fn key(value: f32) -> u32 {
    let bits = (value + 0.0).to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

/// Sorts by rising value. `scratch` is any vector to work in.
pub(super) fn sort(values: &mut Vec<u32>, scratch: &mut Vec<u32>) {
    if values.len() < BUCKETS {
        values.sort_unstable();
        return;
    }
    let mut counts = vec![[0_u32; BUCKETS]; 3];
    for &v in values.iter() {
        for (pass, counts) in counts.iter_mut().enumerate() {
            counts[digit(v, pass)] += 1;
        }
    }
    scratch.clear();
    scratch.resize(values.len(), 0);
    for (pass, counts) in counts.iter().enumerate() {
        // All in one bucket: the pass would change nothing.
        if counts[digit(values[0], pass)] as usize == values.len() {
            continue;
        }
        let mut places = [0_u32; BUCKETS];
        let mut sum = 0;
        for (place, count) in places.iter_mut().zip(counts) {
            *place = sum;
            sum += count;
        }
        for &v in values.iter() {
            let place = &mut places[digit(v, pass)];
            scratch[*place as usize] = v;
            *place += 1;
        }
        std::mem::swap(values, scratch);
    }
}

fn digit(value: u32, pass: usize) -> usize {
    (value >> (pass as u32 * BITS)) as usize % BUCKETS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorts_like_the_standard_library(mut values in prop::collection::vec(any::<u32>(), 0..9000), shift in 0_u32..32) {
            values.iter_mut().for_each(|v| *v >>= shift);
            let mut expected = values.clone();
            expected.sort_unstable();
            sort(&mut values, &mut vec![]);
            prop_assert_eq!(values, expected);
        }

        #[test]
        fn keys_keep_the_order(a in any::<f32>(), b in any::<f32>()) {
            prop_assume!(!a.is_nan() && !b.is_nan());
            prop_assert_eq!(a.partial_cmp(&b).unwrap(), key(a).cmp(&key(b)));
            prop_assert_eq!(key(-0.0), key(0.0));
        }
    }
}
