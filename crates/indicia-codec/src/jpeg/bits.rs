//! Entropy-coded bits: byte stuffing, markers inside a scan, restart resynchronisation.
//!
//! Damage is met as libjpeg meets it: past the end of a segment the data go on with zero bits until the
//! current MCU is full, later MCUs stay as they are, and the next restart marker sets things right again.

/// End of image, also put where the file ends without one.
pub(super) const EOI: u8 = 0xD9;

/// Reads bits of one scan.
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    /// Next byte to be taken; the 0xFF of `marker` once there is one, so that no whole word is taken there.
    pos: usize,
    /// Unread bits, the next one on top; zeros below them.
    buffer: u64,
    /// Unread bits in `buffer`; below 0 once more were taken than the segment holds.
    count: i32,
    /// Marker that ended the segment.
    marker: Option<u8>,
    /// Bytes passed over in search of a marker.
    pub skipped: usize,
    /// Restart markers that were not the expected ones.
    pub resyncs: usize,
    /// Bits that were no Huffman code.
    pub bad_codes: usize,
    /// True if the file ended inside the scan.
    pub ended: bool,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(data: &'a [u8], pos: usize) -> Self {
        Self {
            data,
            pos,
            buffer: 0,
            count: 0,
            marker: None,
            skipped: 0,
            resyncs: 0,
            bad_codes: 0,
            ended: false,
        }
    }

    /// Where the search for the next marker goes on after the scan.
    pub(super) fn end(&self) -> usize {
        self.pos
    }

    /// True if more bits were taken than the segment holds.
    #[inline(always)]
    pub(super) fn is_overdrawn(&self) -> bool {
        self.count < 0
    }

    /// True if the segment ended at a marker that no restart will pass.
    pub(super) fn is_at_last_segment_end(&self) -> bool {
        self.marker.is_some_and(|m| m >= 0xC0 && !is_restart(m))
    }

    /// Makes at least 32 bits available, zeros if the segment has ended.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if self.count < 32 {
            self.refill_now();
        }
    }

    #[inline(always)]
    fn refill_now(&mut self) {
        if let Some(window) = self.data.get(self.pos..).and_then(|rest| rest.first_chunk::<8>())
            && self.count >= 0
        {
            let word = u64::from_be_bytes(*window);
            // A byte of 0xFF is a zero byte of the complement.
            let inverse = !word;
            if inverse.wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080 == 0 {
                let bytes = (63 - self.count as u32) / 8;
                // Only whole bytes enter; what is below them must stay zero for the next time.
                self.buffer |= (word >> (64 - 8 * bytes)) << (64 - 8 * bytes - self.count as u32);
                self.count += 8 * bytes as i32;
                self.pos += bytes as usize;
                return;
            }
        }
        self.refill_bytewise();
    }

    #[cold]
    #[inline(never)]
    fn refill_bytewise(&mut self) {
        if self.count < 0 {
            return;
        }
        while self.count <= 56 && self.marker.is_none() {
            let Some(&byte) = self.data.get(self.pos) else {
                self.hit_end();
                return;
            };
            self.pos += 1;
            if byte == 0xFF {
                let mut next = self.pos;
                while self.data.get(next) == Some(&0xFF) {
                    next += 1;
                }
                match self.data.get(next) {
                    Some(0) => self.pos = next + 1,
                    Some(&marker) => {
                        self.marker = Some(marker);
                        self.pos = next - 1;
                        return;
                    }
                    None => {
                        self.hit_end();
                        return;
                    }
                }
            }
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    fn hit_end(&mut self) {
        self.pos = self.data.len();
        self.marker = Some(EOI);
        self.ended = true;
    }

    /// The next `n` bits without taking them; `n` from 1 to 32.
    #[inline(always)]
    pub(super) fn peek(&self, n: u32) -> u32 {
        (self.buffer >> (64 - n)) as u32
    }

    /// Takes `n` bits, at most 32; [`BitReader::refill`] has made them available.
    #[inline(always)]
    pub(super) fn consume(&mut self, n: u32) {
        self.buffer <<= n;
        self.count -= n as i32;
    }

    /// One bit.
    #[inline(always)]
    pub(super) fn bit(&mut self) -> bool {
        if self.count < 1 {
            self.refill_now();
        }
        let bit = self.buffer >> 63 != 0;
        self.consume(1);
        bit
    }

    /// `n` bits as an unsigned number, `n` from 0 to 16.
    #[inline(always)]
    pub(super) fn bits(&mut self, n: u32) -> u32 {
        if n == 0 {
            return 0;
        }
        self.refill();
        let value = self.peek(n);
        self.consume(n);
        value
    }

    /// `size` bits as a signed number (T.81, EXTEND); 0 for size 0. The bits are available.
    #[inline(always)]
    pub(super) fn receive_extend(&mut self, size: u32) -> i32 {
        if size == 0 {
            return 0;
        }
        let value = self.peek(size) as i32;
        self.consume(size);
        extend(value, size)
    }

    /// Goes to the restart marker numbered `expected` (0 to 7) or, if it is lost, to where decoding may go
    /// on (the heuristic of libjpeg's `jpeg_resync_to_restart`). False if this segment has no data: the
    /// marker stays, and bits read are zeros.
    pub(super) fn restart(&mut self, expected: u8) -> bool {
        self.buffer = 0;
        self.buffer = 0;
        self.count = 0;
        if self.marker.is_none() {
            self.find_marker();
        }
        if self.marker == Some(0xD0 + expected) {
            self.pass_marker();
            return true;
        }
        self.resyncs += 1;
        while let Some(marker) = self.marker {
            if marker < 0xC0 {
                self.find_marker();
            } else if !is_restart(marker) {
                return false;
            } else {
                match (marker & 7).wrapping_sub(expected) & 7 {
                    // One of the next two: this segment is lost, and the marker waits for its turn.
                    1 | 2 => return false,
                    // One of the two before: an old segment that is passed over.
                    6 | 7 => self.find_marker(),
                    _ => self.pass_marker(),
                }
            }
        }
        true
    }

    fn pass_marker(&mut self) {
        if self.marker.take().is_some() {
            self.pos = (self.pos + 2).min(self.data.len());
        }
    }

    fn find_marker(&mut self) {
        self.pass_marker();
        let start = self.pos;
        let rest = self.data.get(start..).unwrap_or_default();
        for (i, pair) in rest.windows(2).enumerate() {
            if pair[0] == 0xFF && pair[1] != 0 && pair[1] != 0xFF {
                self.marker = Some(pair[1]);
                self.pos = start + i;
                self.skipped += i;
                return;
            }
        }
        self.hit_end();
    }
}

fn is_restart(marker: u8) -> bool {
    (0xD0..=0xD7).contains(&marker)
}

/// T.81, figure F.12: the number that `size` bits stand for.
#[inline(always)]
pub(super) fn extend(value: i32, size: u32) -> i32 {
    if value < 1 << (size - 1) { value - (1 << size) + 1 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffing_is_undone_and_a_marker_ends_the_segment_with_zeros() {
        let data = [0xA5, 0xFF, 0x00, 0xFF, 0xFF, 0x00, 0x81, 0xFF, 0xD9, 0x55];
        let mut reader = BitReader::new(&data, 0);
        let mut bytes = || reader.bits(8);
        assert_eq!([bytes(), bytes(), bytes(), bytes()], [0xA5, 0xFF, 0xFF, 0x81]);
        assert!(!reader.is_overdrawn());
        assert_eq!(reader.bits(3), 0);
        assert!(reader.is_overdrawn() && reader.is_at_last_segment_end() && !reader.ended);
        assert_eq!(reader.end(), 7);
    }

    #[test]
    fn long_runs_equal_a_bitwise_reading() {
        let data: Vec<u8> = (0..400u32).map(|i| (i * 89 % 251) as u8).collect();
        let expected: Vec<u32> =
            data.iter().flat_map(|b| (0..8).rev().map(move |i| u32::from(b >> i & 1))).collect();
        for n in 1..=16 {
            let mut reader = BitReader::new(&data, 0);
            for chunk in expected.chunks_exact(n) {
                assert_eq!(reader.bits(n as u32), chunk.iter().fold(0, |a, b| a << 1 | b), "{n} bits");
            }
            assert!(!reader.is_overdrawn());
        }
    }

    #[test]
    fn numbers_are_extended_as_in_figure_f12() {
        assert_eq!([extend(0, 1), extend(1, 1)], [-1, 1]);
        assert_eq!([extend(0, 3), extend(3, 3), extend(4, 3), extend(7, 3)], [-7, -4, 4, 7]);
        assert_eq!([extend(0, 15), extend(0x7FFF, 15)], [-32767, 32767]);
    }

    #[test]
    fn restarts_resynchronise() {
        // Expected 1: found, after two bytes of rubbish.
        let mut reader = BitReader::new(&[9, 9, 0xFF, 0xD1, 0x80], 0);
        assert!(reader.restart(1));
        assert_eq!((reader.skipped, reader.resyncs, reader.bits(1)), (2, 0, 1));
        // Expected 1, next is 2: one segment is lost and the marker waits.
        let mut reader = BitReader::new(&[0xFF, 0xD2, 0x80], 0);
        assert!(!reader.restart(1));
        assert!(reader.restart(2));
        assert_eq!(reader.bits(1), 1);
        // Expected 3, old ones first.
        let mut reader = BitReader::new(&[0xFF, 0xD1, 7, 0xFF, 0xD2, 0xFF, 0xD3, 0x80], 0);
        assert!(reader.restart(3));
        assert_eq!(reader.bits(1), 1);
        // The picture is over.
        let mut reader = BitReader::new(&[0xFF, 0xD9], 0);
        assert!(!reader.restart(0) && reader.is_at_last_segment_end());
    }
}
