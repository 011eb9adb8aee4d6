//! RLE lossless (PS3.5, annex G): each byte of a sample in a segment of its own, packed by PackBits.

use indicia_core::{Error, Result};

use crate::bytes::{u32_le, zeros};

/// Unpacks a frame of `pixels` pixels into interleaved little-endian samples of `bytes` bytes.
///
/// # Errors
/// `Input` if the segments are not those of such a frame or end early.
pub(super) fn decode(data: &[u8], pixels: usize, channels: usize, bytes: usize) -> Result<Vec<u8>> {
    const HEADER: usize = 64;
    let segments = u32_le(data, 0).unwrap_or(0) as usize;
    if segments != channels * bytes {
        return Err(Error::input(format!(
            "the RLE frame has {segments} segments, expected {}",
            channels * bytes
        )));
    }
    // A run of two bytes stands for 128.
    if pixels as u64 * segments as u64 > data.len() as u64 * 64 {
        return Err(Error::input(format!(
            "{} bytes of RLE data cannot hold {pixels} pixels of {segments} bytes",
            data.len()
        )));
    }
    let start = |i: usize| u32_le(data, 4 + 4 * i).map(|at| at as usize);
    let mut out = zeros::<u8>(pixels * segments)?;
    for segment in 0..segments {
        let (channel, byte) = (segment / bytes, segment % bytes);
        let from = start(segment).filter(|from| *from >= HEADER);
        let end = if segment + 1 < segments { start(segment + 1) } else { Some(data.len()) };
        let (Some(from), Some(end)) = (from, end) else {
            return Err(Error::input("the RLE frame ends inside its header"));
        };
        let packed = data.get(from..end.min(data.len())).unwrap_or_default();
        // The most significant byte comes first.
        let place = channel * bytes + (bytes - 1 - byte);
        let mut target = out.iter_mut().skip(place).step_by(segments);
        let written = unpack(packed, &mut target);
        if written < pixels {
            return Err(Error::input(format!(
                "segment {} of the RLE frame holds {written} bytes, expected {pixels}",
                segment + 1
            )));
        }
    }
    Ok(out)
}

/// PackBits into `target`; gives how many bytes went there.
fn unpack<'a>(packed: &[u8], target: &mut impl Iterator<Item = &'a mut u8>) -> usize {
    let mut written = 0;
    let mut at = 0;
    let mut put = |byte: u8| {
        target.next().is_some_and(|place| {
            *place = byte;
            written += 1;
            true
        })
    };
    while let Some(&count) = packed.get(at) {
        let count = count as i8;
        at += 1;
        if count >= 0 {
            let end = packed.len().min(at + usize::from(count.unsigned_abs()) + 1);
            if !packed[at..end].iter().all(|byte| put(*byte)) {
                break;
            }
            at = end;
        } else if count != i8::MIN {
            let Some(&byte) = packed.get(at) else { break };
            if !(0..=count.unsigned_abs()).all(|_| put(byte)) {
                break;
            }
            at += 1;
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(segments: &[&[u8]]) -> Vec<u8> {
        let mut out = vec![0; 64];
        out[0] = segments.len() as u8;
        for (i, segment) in segments.iter().enumerate() {
            let at = out.len() as u32;
            out[4 + 4 * i..8 + 4 * i].copy_from_slice(&at.to_le_bytes());
            out.extend(*segment);
        }
        out
    }

    #[test]
    fn segments_are_bytes_of_samples_the_upper_first() {
        // PackBits: -2 repeats thrice, 1 copies two, -128 does nothing.
        let two = frame(&[&[0xFE, 7, 0x80, 0, 9], &[3, 1, 2, 3, 4]]);
        assert_eq!(decode(&two, 4, 1, 2).unwrap(), [1, 7, 2, 7, 3, 7, 4, 9]);
        assert_eq!(decode(&two, 4, 2, 1).unwrap(), [7, 1, 7, 2, 7, 3, 9, 4]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let two = frame(&[&[0xFE, 7], &[2, 1, 2, 3]]);
        assert!(decode(&two, 3, 1, 2).is_ok());
        for cut in 0..two.len() {
            assert!(decode(&two[..cut], 3, 1, 2).is_err(), "{cut}");
        }
        assert!(decode(&two, 3, 1, 1).unwrap_err().to_string().contains("2 segments, expected 1"));
        assert!(decode(&two, 4, 1, 2).unwrap_err().to_string().contains("holds 3 bytes, expected 4"));
        assert!(decode(&two, 1 << 40, 1, 2).is_err());
    }
}
