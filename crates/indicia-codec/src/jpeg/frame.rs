//! Frame and scan headers (T.81, B.2.2 and B.2.3).

use indicia_core::{Error, Limits, Result};

use super::types::{Component, Jpeg, Process, Scan};

/// Blocks that a header may promise whatever follows it (44 megapixels of 4:2:0): less than a second of
/// work, and files truncated anywhere stay readable.
const FREE_BLOCKS: usize = 1 << 20;
/// Blocks that a byte may promise beyond that. A sequential block costs at least 2 bits and a progressive
/// one at least 1, so that whole files stay below 8; the rest is for truncated ones.
const BLOCKS_PER_BYTE: usize = 512;

impl Jpeg {
    /// The largest sampling factors, across and down.
    pub fn max_sampling(&self) -> (u8, u8) {
        let h = self.components.iter().map(|c| c.h).max().unwrap_or(1);
        let v = self.components.iter().map(|c| c.v).max().unwrap_or(1);
        (h, v)
    }
}

/// Name of a coding process by its marker (T.81, table B.1).
pub(super) fn process_name(marker: u8) -> &'static str {
    match marker {
        0xC3 => "lossless JPEG (SOF3)",
        0xC5 => "hierarchical sequential JPEG (SOF5)",
        0xC6 => "hierarchical progressive JPEG (SOF6)",
        0xC7 => "hierarchical lossless JPEG (SOF7)",
        0xC8 => "JPEG extension (JPG)",
        0xC9 => "arithmetic-coded sequential JPEG (SOF9)",
        0xCA => "arithmetic-coded progressive JPEG (SOF10)",
        0xCB => "arithmetic-coded lossless JPEG (SOF11)",
        0xCD => "arithmetic-coded hierarchical sequential JPEG (SOF13)",
        0xCE => "arithmetic-coded hierarchical progressive JPEG (SOF14)",
        0xCF => "arithmetic-coded hierarchical lossless JPEG (SOF15)",
        0xDE => "hierarchical JPEG (DHP)",
        0xDF => "hierarchical JPEG (EXP)",
        _ => "unknown JPEG",
    }
}

/// A frame header as read.
pub(super) struct FrameHeader {
    pub process: Process,
    pub width: usize,
    pub height: usize,
    pub components: Vec<FrameComponent>,
}

/// A component as its frame declares it.
pub(super) struct FrameComponent {
    id: u8,
    h: u8,
    v: u8,
    /// Slot of its quantisation table.
    pub slot: u8,
}

/// Reads SOF0, SOF1 or SOF2. The height may be 0.
pub(super) fn header(marker: u8, offset: usize, data: &[u8]) -> Result<FrameHeader> {
    let &[precision, y1, y0, x1, x0, count, ref rest @ ..] = data else {
        return Err(Error::input(format!(
            "frame header at offset {offset} has {} bytes, expected at least 6",
            data.len()
        )));
    };
    let name = ["SOF0", "SOF1", "SOF2"].get(usize::from(marker & 3)).copied().unwrap_or("SOF");
    if precision != 8 {
        return Err(Error::unsupported(format!(
            "{precision}-bit JPEG ({name} at offset {offset}) is not read, only 8-bit"
        )));
    }
    let (width, height) = (u16::from_be_bytes([x1, x0]).into(), u16::from_be_bytes([y1, y0]).into());
    if width == 0 {
        return Err(Error::input(format!("frame header at offset {offset} has size {width}x{height}")));
    }
    if count == 0 || rest.len() != 3 * usize::from(count) {
        return Err(Error::input(format!(
            "frame header at offset {offset} names {count} components in {} bytes",
            rest.len()
        )));
    }
    if count > 4 {
        return Err(Error::unsupported(format!(
            "JPEG of {count} components ({name} at offset {offset}) is not read, at most 4"
        )));
    }
    let mut components = Vec::with_capacity(4);
    for part in rest.chunks_exact(3) {
        let (id, h, v, slot) = (part[0], part[1] >> 4, part[1] & 15, part[2]);
        if !(1..=4).contains(&h) || !(1..=4).contains(&v) {
            return Err(Error::input(format!(
                "component {id} in the frame header at offset {offset} has sampling {h}x{v}, expected 1 to 4"
            )));
        }
        components.push(FrameComponent { id, h, v, slot });
    }
    let process = match marker {
        0xC0 => Process::Baseline,
        0xC1 => Process::ExtendedSequential,
        _ => Process::Progressive,
    };
    Ok(FrameHeader { process, width, height, components })
}

impl FrameHeader {
    /// Components with their sizes in blocks, checked against the limits and against the bytes that
    /// `follow`; coefficients are not allocated yet.
    pub(super) fn layout(&self, limits: &Limits, follow: usize) -> Result<Vec<Component>> {
        let h_max = self.components.iter().map(|c| usize::from(c.h)).max().unwrap_or(1);
        let v_max = self.components.iter().map(|c| usize::from(c.v)).max().unwrap_or(1);
        let components: Vec<Component> = self
            .components
            .iter()
            .map(|c| Component {
                id: c.id,
                h: c.h,
                v: c.v,
                blocks_wide: (self.width * usize::from(c.h)).div_ceil(h_max).div_ceil(8),
                blocks_high: (self.height * usize::from(c.v)).div_ceil(v_max).div_ceil(8),
                steps: [1; 64],
                blocks: Vec::new(),
            })
            .collect();
        let blocks: usize = components.iter().map(|c| c.blocks_wide * c.blocks_high).sum();
        let (width, height) = (self.width as u64, self.height as u64);
        // Coefficients and decoded samples are held together.
        limits.check_picture(width, height, 1)?;
        limits.check_expansion(width, height, follow as u64)?;
        let memory = blocks as u64 * 128 + width * height * components.len() as u64;
        limits.check_memory(width, height, memory)?;
        if blocks > FREE_BLOCKS && blocks / BLOCKS_PER_BYTE > follow {
            return Err(Error::input(format!(
                "header promises {width}x{height}, {blocks} blocks, only {follow} bytes follow"
            )));
        }
        Ok(components)
    }
}

/// Lines that a DNL segment after the first scan states, for a frame header that leaves them open.
pub(super) fn lines_after_first_scan(bytes: &[u8], after_frame: usize) -> Option<usize> {
    // Segments up to the first scan are stepped over; inside its data the first marker that is neither a
    // stuffed byte nor a restart must be DNL.
    let mut pos = after_frame;
    let mut in_scan = false;
    loop {
        let rest = bytes.get(pos..)?;
        let at = pos + rest.windows(2).position(|w| w[0] == 0xFF && w[1] != 0 && w[1] != 0xFF)?;
        let marker = bytes[at + 1];
        let length =
            |at: usize| Some(usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])));
        match marker {
            0x01 | 0xD0..=0xD7 => pos = at + 2,
            0xDC => return length(at + 4).filter(|lines| *lines > 0),
            _ if in_scan => return None,
            _ => {
                in_scan = marker == 0xDA;
                pos = at + 2 + length(at + 2)?;
            }
        }
    }
}

/// Reads a scan header: the scan, and the DC and AC table slots of its components.
pub(super) fn scan_header(
    components: &[Component],
    offset: usize,
    data: &[u8],
) -> Result<(Scan, Vec<(u8, u8)>)> {
    let wrong = |what: String| Error::input(format!("scan header at offset {offset} {what}"));
    let count = usize::from(*data.first().ok_or_else(|| wrong("is empty".into()))?);
    if !(1..=4).contains(&count) || data.len() != 4 + 2 * count {
        return Err(wrong(format!("names {count} components in {} bytes", data.len())));
    }
    let mut chosen = Vec::with_capacity(4);
    let mut tables = Vec::with_capacity(4);
    for pair in data[1..1 + 2 * count].chunks_exact(2) {
        let (id, slots) = (pair[0], pair[1]);
        let index = (0..components.len()).find(|i| components[*i].id == id && !chosen.contains(i));
        chosen.push(index.ok_or_else(|| wrong(format!("names component {id}, which the frame has not")))?);
        let (dc, ac) = (slots >> 4, slots & 15);
        if dc > 3 || ac > 3 {
            return Err(wrong(format!("names Huffman tables {dc} and {ac}, expected at most 3")));
        }
        tables.push((dc, ac));
    }
    let scan = Scan {
        components: chosen,
        spectral_start: data[1 + 2 * count],
        spectral_end: data[2 + 2 * count],
        approximation_high: data[3 + 2 * count] >> 4,
        approximation_low: data[3 + 2 * count] & 15,
        restarts: 0,
        offset,
    };
    Ok((scan, tables))
}

/// Checks the parameters of a progressive scan (T.81, G.1.1.1).
pub(super) fn check_progression(scan: &Scan) -> Result<()> {
    let (start, end) = (scan.spectral_start, scan.spectral_end);
    let (high, low) = (scan.approximation_high, scan.approximation_low);
    let band = if start == 0 { end == 0 } else { start <= end && end <= 63 && scan.components.len() == 1 };
    if !band || low > 13 || (high > 0 && low + 1 != high) {
        return Err(Error::input(format!(
            "scan at offset {} has spectral selection {start} to {end} and approximation {high} to {low} for {} components",
            scan.offset,
            scan.components.len()
        )));
    }
    Ok(())
}
