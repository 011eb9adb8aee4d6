//! JPEG-LS (ITU-T T.87): lossless and near-lossless, in all three interleavings, without restart intervals,
//! mapping tables and subsampling, which no DICOM writer is known to use.

use indicia_core::{Error, Result};

use crate::bytes::{array, u16_be, zeros};

/// A decoded picture: interleaved samples.
#[derive(Debug)]
pub(super) struct Picture {
    pub samples: Vec<u16>,
}

/// Size, precision and number of components that a stream states, before anything is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub width: usize,
    pub height: usize,
    pub bits: u32,
    pub components: usize,
}

/// Coding parameters (T.87, C.2.4.1.1).
#[derive(Clone, Copy)]
struct Preset {
    max: i32,
    t: [i32; 3],
    reset: i32,
}

const J: [u32; 32] =
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const RUN: usize = 365;

/// Reads the frame header.
pub(super) fn frame(data: &[u8]) -> Result<Frame> {
    let mut at = 2;
    while let Some([0xFF, marker]) = array(data, at) {
        if marker == 0xF7 {
            let (Some(&bits), Some(height), Some(width), Some(&components)) =
                (data.get(at + 4), u16_be(data, at + 5), u16_be(data, at + 7), data.get(at + 9))
            else {
                break;
            };
            let frame = Frame {
                width: width.into(),
                height: height.into(),
                bits: bits.into(),
                components: components.into(),
            };
            if !(2..=16).contains(&bits) || width == 0 || height == 0 || !(1..=4).contains(&components) {
                return Err(Error::unsupported(format!(
                    "JPEG-LS of {width}x{height} pixels, {components} components and {bits} bits is not read"
                )));
            }
            return Ok(frame);
        }
        at += 2 + usize::from(u16_be(data, at + 2).unwrap_or(0).max(2));
    }
    Err(Error::input("the JPEG-LS data have no frame header"))
}

/// Decodes the picture whose header [`frame`] read and the caller checked.
///
/// # Errors
/// `Input` if the data are damaged or end early, `Unsupported` for what the module does not read.
pub(super) fn decode(data: &[u8], frame: Frame) -> Result<Picture> {
    let mut samples = zeros::<u16>(frame.width * frame.height * frame.components)?;
    let mut preset = None;
    let mut done = 0;
    let mut ids = vec![];
    let mut at = 2;
    while done < frame.components {
        let Some([0xFF, marker]) = array(data, at) else {
            return Err(Error::input(format!(
                "the JPEG-LS data end after {done} of {} components",
                frame.components
            )));
        };
        let length = usize::from(u16_be(data, at + 2).unwrap_or(0));
        let segment = data.get(at + 4..(at + 2).saturating_add(length)).unwrap_or_default();
        at += 2 + length.max(2);
        match marker {
            0xF7 => ids = segment.get(6..).unwrap_or_default().iter().step_by(3).copied().collect(),
            0xF8 if segment.first() == Some(&1) => preset = Some(read_preset(segment)?),
            0xF8 => return Err(Error::unsupported("JPEG-LS with mapping tables is not read")),
            0xDD if segment.iter().any(|b| *b != 0) => {
                return Err(Error::unsupported("JPEG-LS with restart intervals is not read"));
            }
            0xDA => {
                let count = usize::from(segment.first().copied().unwrap_or(0));
                let (Some(&near), Some(&interleave), Some(&shift)) =
                    (segment.get(1 + 2 * count), segment.get(2 + 2 * count), segment.get(3 + 2 * count))
                else {
                    return Err(Error::input("the JPEG-LS data end inside a scan's header"));
                };
                let first = segment.get(1).and_then(|id| ids.iter().position(|i| i == id)).unwrap_or(done);
                if count == 0 || first + count > frame.components || interleave > 2 || shift != 0 {
                    return Err(Error::unsupported(format!(
                        "JPEG-LS scan of {count} components, interleaving {interleave}, shift {shift} is not read"
                    )));
                }
                if (interleave == 0) != (count == 1) && count != 1 {
                    return Err(Error::input("a JPEG-LS scan of several components is not interleaved"));
                }
                let preset = match preset {
                    Some(preset) => preset.or_default(frame.bits, near.into()),
                    None => Preset { max: 0, t: [0; 3], reset: 0 }.or_default(frame.bits, near.into()),
                };
                let mut scan = Scan::new(data, at, preset, near.into(), count)?;
                scan.picture(frame, first, interleave == 2 && count > 1, &mut samples)?;
                at = scan.bits.end(data);
                done += count;
            }
            0xD9 => return Err(Error::input(format!("the JPEG-LS data end after {done} components"))),
            _ => {}
        }
    }
    Ok(Picture { samples })
}

fn read_preset(segment: &[u8]) -> Result<Preset> {
    let field = |i: usize| u16_be(segment, 1 + 2 * i).map(i32::from);
    match (field(0), field(1), field(2), field(3), field(4)) {
        (Some(max), Some(t1), Some(t2), Some(t3), Some(reset)) => Ok(Preset { max, t: [t1, t2, t3], reset }),
        _ => Err(Error::input("the JPEG-LS data end inside the coding parameters")),
    }
}

impl Preset {
    /// Zeros mean the default of the standard.
    fn or_default(self, bits: u32, near: i32) -> Self {
        let max = if self.max == 0 { (1 << bits) - 1 } else { self.max };
        let within = |value: i32, least: i32| if value > max || value < least { least } else { value };
        let [t1, t2, t3] = if max >= 128 {
            let factor = (max.min(4095) + 128) / 256;
            [factor + 2 + 3 * near, 4 * factor + 3 + 5 * near, 17 * factor + 4 + 7 * near]
        } else {
            let factor = 256 / (max + 1);
            [(3 / factor + 3 * near).max(2), (7 / factor + 5 * near).max(3), (21 / factor + 7 * near).max(4)]
        };
        let pick = |given: i32, default: i32| if given == 0 { default } else { given };
        let first = pick(self.t[0], within(t1, near + 1));
        let second = pick(self.t[1], within(t2, first));
        let third = pick(self.t[2], within(t3, second));
        Self { max, t: [first, second, third], reset: pick(self.reset, 64) }
    }
}

/// Bits of a scan: after a byte of ones follows one with seven bits.
struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
    after_ones: bool,
    /// Bits that were made up after the end of the data.
    beyond: u32,
}

impl Bits<'_> {
    fn fill(&mut self) {
        while self.count <= 48 {
            let byte = self.data.get(self.at).copied();
            let (bits, byte) = match (byte, self.after_ones) {
                // A marker, or the end of the data.
                (Some(0x80..), true) | (None, _) => {
                    self.beyond = self.beyond.saturating_add(8);
                    self.held <<= 8;
                    self.count += 8;
                    continue;
                }
                (Some(byte), true) => (7, byte),
                (Some(byte), false) => (8, byte),
            };
            self.held = self.held << bits | u64::from(byte);
            self.count += bits;
            self.after_ones = byte == 0xFF;
            self.at += 1;
        }
    }

    fn bit(&mut self) -> bool {
        if self.count == 0 {
            self.fill();
        }
        self.count -= 1;
        self.held >> self.count & 1 == 1
    }

    /// Up to 31 bits.
    fn take(&mut self, bits: u32) -> i32 {
        if self.count < bits {
            self.fill();
        }
        self.count -= bits;
        (self.held >> self.count & ((1 << bits) - 1)) as i32
    }

    /// Where the next marker stands.
    fn end(&self, data: &[u8]) -> usize {
        // What was read ahead never passes a marker.
        let mut at = self.at.saturating_sub(1);
        while at + 1 < data.len() && !(data[at] == 0xFF && data[at + 1] >= 0x80) {
            at += 1;
        }
        at
    }
}

/// The state of the coder (T.87, annex A).
struct Scan<'a> {
    bits: Bits<'a>,
    preset: Preset,
    near: i32,
    range: i32,
    quantized_bits: u32,
    limit: u32,
    a: [i32; RUN + 2],
    b: [i32; RUN],
    c: [i32; RUN],
    n: [i32; RUN + 2],
    negative_runs: [i32; 2],
    run_index: Vec<usize>,
}

impl<'a> Scan<'a> {
    fn new(data: &'a [u8], at: usize, preset: Preset, near: i32, components: usize) -> Result<Self> {
        let max = preset.max;
        let ordered = preset.t[0] <= preset.t[1] && preset.t[1] <= preset.t[2];
        if !(1..=65_535).contains(&max) || near > max.min(255 * 2) / 2 || preset.reset < 3 || !ordered {
            return Err(Error::input(format!(
                "JPEG-LS with maximum {max}, tolerance {near}, thresholds {:?} and reset {}",
                preset.t, preset.reset
            )));
        }
        let bits_for = |values: i32| (values.max(2) as u32 - 1).ilog2() + 1;
        let range = (max + 2 * near) / (2 * near + 1) + 1;
        let bits = bits_for(max + 1).max(2);
        let a = ((range + 32) >> 6).max(2);
        Ok(Self {
            bits: Bits { data, at, held: 0, count: 0, after_ones: false, beyond: 0 },
            preset,
            near,
            range,
            quantized_bits: bits_for(range),
            limit: 2 * (bits + bits.max(8)),
            a: [a; RUN + 2],
            b: [0; RUN],
            c: [0; RUN],
            n: [1; RUN + 2],
            negative_runs: [0; 2],
            run_index: vec![0; components],
        })
    }

    /// Decodes the scan's components, from `first` on, into their places.
    fn picture(&mut self, frame: Frame, first: usize, together: bool, samples: &mut [u16]) -> Result<()> {
        let (width, count) = (frame.width, self.run_index.len());
        // Lines with the sample left of and right of them.
        let mut before = vec![vec![0_i32; width + 2]; count];
        let mut line = before.clone();
        for row in 0..frame.height {
            for (before, line) in before.iter_mut().zip(&mut line) {
                before[width + 1] = before[width];
                line[0] = before[1];
            }
            if together {
                self.lines_together(&before, &mut line, width);
            } else {
                for component in 0..count {
                    self.line(&before[component], &mut line[component], component, width);
                }
            }
            if self.bits.beyond > 64 {
                return Err(Error::input(format!("the JPEG-LS data end in row {row}")));
            }
            for (component, line) in line.iter().enumerate() {
                let row = samples.chunks_exact_mut(width * frame.components).nth(row).unwrap_or_default();
                let places = row.iter_mut().skip(first + component).step_by(frame.components);
                places.zip(&line[1..]).for_each(|(place, value)| *place = *value as u16);
            }
            std::mem::swap(&mut before, &mut line);
        }
        Ok(())
    }

    fn line(&mut self, before: &[i32], line: &mut [i32], component: usize, width: usize) {
        let mut x = 1;
        while x <= width {
            let (ra, rb, rc, rd) = (line[x - 1], before[x], before[x - 1], before[x + 1]);
            let gradients = [rd - rb, rb - rc, rc - ra];
            if gradients.iter().any(|d| d.abs() > self.near) {
                line[x] = self.regular(gradients, ra, rb, rc);
                x += 1;
                continue;
            }
            let run = self.run_length(width + 1 - x, component);
            line[x..x + run].fill(ra);
            x += run;
            if x <= width {
                line[x] = self.after_run(ra, before[x], component);
                self.run_index[component] = self.run_index[component].saturating_sub(1);
                x += 1;
            }
        }
    }

    /// A line of all components, sample by sample; a run is one of all.
    fn lines_together(&mut self, before: &[Vec<i32>], line: &mut [Vec<i32>], width: usize) {
        let mut x = 1;
        while x <= width {
            let gradients: Vec<[i32; 3]> = before
                .iter()
                .zip(line.iter())
                .map(|(b, l)| [b[x + 1] - b[x], b[x] - b[x - 1], b[x - 1] - l[x - 1]])
                .collect();
            if gradients.iter().flatten().any(|d| d.abs() > self.near) {
                for (component, gradients) in gradients.into_iter().enumerate() {
                    let (ra, rb, rc) =
                        (line[component][x - 1], before[component][x], before[component][x - 1]);
                    line[component][x] = self.regular(gradients, ra, rb, rc);
                }
                x += 1;
                continue;
            }
            let run = self.run_length(width + 1 - x, 0);
            for line in line.iter_mut() {
                let ra = line[x - 1];
                line[x..x + run].fill(ra);
            }
            x += run;
            if x <= width {
                for (before, line) in before.iter().zip(line.iter_mut()) {
                    let (ra, rb) = (line[x - 1], before[x]);
                    let error = self.run_error(0, 0);
                    line[x] = self.reconstruct(rb, if rb < ra { -error } else { error });
                }
                self.run_index[0] = self.run_index[0].saturating_sub(1);
                x += 1;
            }
        }
    }

    fn quantize(&self, gradient: i32) -> i32 {
        let size = gradient.abs();
        let level = if size <= self.near {
            0
        } else {
            1 + self.preset.t.iter().filter(|t| size >= **t).count() as i32
        };
        level * gradient.signum()
    }

    fn regular(&mut self, gradients: [i32; 3], ra: i32, rb: i32, rc: i32) -> i32 {
        let context = gradients.iter().fold(0, |sum, d| sum * 9 + self.quantize(*d));
        let sign = if context < 0 { -1 } else { 1 };
        let q = context.unsigned_abs() as usize;
        let predicted = if rc >= ra.max(rb) {
            ra.min(rb)
        } else if rc <= ra.min(rb) {
            ra.max(rb)
        } else {
            ra + rb - rc
        };
        let predicted = (predicted + sign * self.c[q]).clamp(0, self.preset.max);
        let k = golomb_parameter(self.n[q], self.a[q]);
        let mapped = self.golomb(k, self.limit);
        let error = if self.near == 0 && k == 0 && 2 * self.b[q] <= -self.n[q] {
            if mapped & 1 == 1 { (mapped - 1) / 2 } else { -(mapped / 2) - 1 }
        } else if mapped & 1 == 0 {
            mapped / 2
        } else {
            -((mapped + 1) / 2)
        };
        self.learn(q, error);
        self.reconstruct(predicted, sign * error)
    }

    /// Brings a context up to date with an error (T.87, A.6).
    fn learn(&mut self, q: usize, error: i32) {
        let (a, b, c, n) = (&mut self.a[q], &mut self.b[q], &mut self.c[q], &mut self.n[q]);
        *b = b.saturating_add(error.saturating_mul(2 * self.near + 1));
        *a = a.saturating_add(error.abs());
        if *n == self.preset.reset {
            *a >>= 1;
            *b >>= 1;
            *n >>= 1;
        }
        *n += 1;
        if *b <= -*n {
            *b = (*b + *n).max(1 - *n);
            *c = (*c - 1).max(-128);
        } else if *b > 0 {
            *b = (*b - *n).min(0);
            *c = (*c + 1).min(127);
        }
    }

    fn reconstruct(&self, predicted: i32, error: i32) -> i32 {
        let step = 2 * self.near + 1;
        let mut value = predicted + error * step;
        if value < -self.near {
            value += self.range * step;
        } else if value > self.preset.max + self.near {
            value -= self.range * step;
        }
        value.clamp(0, self.preset.max)
    }

    /// A length-limited Golomb code (T.87, A.5.3).
    fn golomb(&mut self, k: u32, limit: u32) -> i32 {
        let escape = limit.saturating_sub(self.quantized_bits + 1);
        let mut zeros = 0;
        while zeros < escape && !self.bits.bit() {
            zeros += 1;
        }
        if zeros < escape {
            return ((zeros as i32) << k) + self.bits.take(k);
        }
        // The one that ends the zeros.
        self.bits.bit();
        self.bits.take(self.quantized_bits) + 1
    }

    fn run_length(&mut self, left: usize, component: usize) -> usize {
        let mut run = 0;
        while self.bits.bit() {
            let step = 1_usize << J[self.run_index[component]];
            if run + step <= left {
                self.run_index[component] = (self.run_index[component] + 1).min(31);
            }
            run = (run + step).min(left);
            if run == left {
                return run;
            }
        }
        let rest = self.bits.take(J[self.run_index[component]]) as usize;
        (run + rest).min(left)
    }

    fn after_run(&mut self, ra: i32, rb: i32, component: usize) -> i32 {
        let alike = (ra - rb).abs() <= self.near;
        let error = self.run_error(usize::from(alike), component);
        if alike {
            self.reconstruct(ra, error)
        } else {
            self.reconstruct(rb, if rb < ra { -error } else { error })
        }
    }

    /// The error of the sample that ends a run; `kind` 1 if its neighbours are alike (T.87, A.7.2).
    fn run_error(&mut self, kind: usize, component: usize) -> i32 {
        let q = RUN + kind;
        let sum = if kind == 1 { self.a[q] + (self.n[q] >> 1) } else { self.a[q] };
        let k = golomb_parameter(self.n[q], sum);
        let limit = self.limit - J[self.run_index[component]] - 1;
        let mapped = self.golomb(k, limit);
        let shifted = mapped + kind as i32;
        let odd = shifted & 1;
        let size = (shifted + odd) / 2;
        let turned = k != 0 || 2 * self.negative_runs[kind] >= self.n[q];
        let error = if turned == (odd == 1) { -size } else { size };
        if error < 0 {
            self.negative_runs[kind] += 1;
        }
        self.a[q] = self.a[q].saturating_add((mapped + 1 - kind as i32) >> 1);
        if self.n[q] == self.preset.reset {
            self.a[q] >>= 1;
            self.n[q] >>= 1;
            self.negative_runs[kind] >>= 1;
        }
        self.n[q] += 1;
        error
    }
}

fn golomb_parameter(n: i32, a: i32) -> u32 {
    (0..24).find(|k| i64::from(n) << k >= i64::from(a)).unwrap_or(24)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of T.87, annex H.3: 4x4 samples of 8 bits, lossless.
    const EXAMPLE: [u8; 46] = [
        0xFF, 0xD8, 0xFF, 0xF7, 0x00, 0x0B, 0x08, 0x00, 0x04, 0x00, 0x04, 0x01, 0x01, 0x11, 0x00, 0xFF, 0xF8,
        0x00, 0x0D, 0x01, 0x00, 0xFF, 0x00, 0x03, 0x00, 0x07, 0x00, 0x15, 0x00, 0x40, 0xFF, 0xDA, 0x00, 0x08,
        0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0xC0, 0x00, 0x00, 0x6C, 0x80, 0x20,
    ];

    #[test]
    fn the_standards_example_decodes() {
        let data =
            [&EXAMPLE[..], &[0x8E, 0x01, 0xC0, 0x00, 0x00, 0x57, 0x40, 0x00, 0x00, 0x6E, 0xE6]].concat();
        let data =
            [&data[..], &[0x00, 0x00, 0x01, 0xBC, 0x18, 0x00, 0x00, 0x05, 0xD8, 0x00, 0x00, 0x91, 0x60]]
                .concat();
        let data = [&data[..], &[0xFF, 0xD9]].concat();
        let header = frame(&data).unwrap();
        assert_eq!(header, Frame { width: 4, height: 4, bits: 8, components: 1 });
        let picture = decode(&data, header).unwrap();
        let expected = [0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145];
        assert_eq!(picture.samples, expected);
        for cut in 0..EXAMPLE.len() {
            assert!(frame(&data[..cut]).and_then(|header| decode(&data[..cut], header)).is_err());
        }
    }

    #[test]
    fn defaults_are_those_of_the_standard() {
        let default = |bits, near| Preset { max: 0, t: [0; 3], reset: 0 }.or_default(bits, near).t;
        assert_eq!(default(8, 0), [3, 7, 21]);
        assert_eq!(default(12, 0), [18, 67, 276]);
        assert_eq!(default(16, 0), [18, 67, 276]);
        assert_eq!(default(8, 2), [9, 17, 35]);
    }
}
