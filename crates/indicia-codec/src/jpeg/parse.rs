//! Markers and segments (T.81, annex B), and the order in which they are obeyed.

use std::ops::Range;

use indicia_core::{Error, ErrorKind, Limits, Result};

use super::bits::{BitReader, EOI};
use super::frame;
use super::huffman::Decoder;
use super::progressive::{AcFirst, AcRefine, DcFirst, DcRefine};
use super::scan::{self, Grid, Outcome, ScanComponent};
use super::sequential::Sequential;
use super::standard_huffman::standard;
use super::types::*;
use super::zigzag::natural;

/// Markers without payload that may stand anywhere: TEM and the restart markers.
const TEM: u8 = 0x01;
/// More segments than this are refused: each costs memory, and honest files hold a few hundred.
const MAX_SEGMENTS: usize = 100_000;
/// Warnings kept; damage repeats itself.
const MAX_WARNINGS: usize = 50;
/// Block visits that need no leave (about a second of work).
const FREE_VISITS: u64 = 1 << 27;
/// Visits of each block, on average, over all scans of a large picture. The usual progressive script makes
/// 6; an end-of-band run buys a visit for a fraction of a bit, so that visits must be bounded on their own.
const VISITS_PER_BLOCK: u64 = 24;

/// Parses a JPEG: its layout, tables and quantised coefficients.
///
/// Damaged entropy-coded data are read as libjpeg reads them: what was decoded is kept, missing coefficients
/// are 0, decoding goes on at restart markers, and `warnings` says so. The same holds for damage in a marker
/// segment after the first scan.
///
/// # Errors
/// `Input` if there is no start of image, frame header, scan or table that a scan needs, the size is 0, a
/// header is malformed, or the header promises far more than the bytes can hold; `Unsupported` for
/// arithmetic, lossless, hierarchical and 12-bit JPEG; `Limits` for pictures, memory, scans or total work
/// beyond `limits`.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Jpeg> {
    let mut parser = Parser::new(bytes, limits);
    parser.run()?;
    parser.finish()
}

/// Parses a JPEG up to its first scan: layout, tables, components with their steps and without blocks.
///
/// # Errors
/// Those of [`parse`] that what lies before the first scan gives.
pub fn parse_header(bytes: &[u8], limits: &Limits) -> Result<Jpeg> {
    let mut parser = Parser::new(bytes, limits);
    parser.header_only = true;
    parser.run()?;
    if !parser.at_scan {
        return parser.finish();
    }
    for (component, slot) in parser.jpeg.components.iter_mut().zip(&parser.slots) {
        component.steps =
            parser.quantization.get(usize::from(*slot)).copied().flatten().ok_or_else(|| {
                Error::input(format!(
                    "component {} needs quantisation table {slot}, which is not defined before the first scan",
                    component.id
                ))
            })?;
    }
    Ok(parser.jpeg)
}

pub(super) struct Parser<'a> {
    bytes: &'a [u8],
    pos: usize,
    limits: &'a Limits,
    jpeg: Jpeg,
    /// Quantisation slot of each component.
    pub(super) slots: Vec<u8>,
    /// Whether a scan has coded each component, and to which bit each coefficient is known (-1: not).
    known: Vec<[i8; 64]>,
    quantization: [Option<[u16; 64]>; 4],
    /// Index into `jpeg.huffman` by class and slot.
    huffman: [[Option<usize>; 4]; 2],
    seen_frame: bool,
    visits: u64,
    /// Set to stop at the first scan, and whether it was met.
    header_only: bool,
    at_scan: bool,
}

impl<'a> Parser<'a> {
    fn new(bytes: &'a [u8], limits: &'a Limits) -> Self {
        let jpeg = Jpeg {
            width: 0,
            height: 0,
            process: Process::Baseline,
            components: Vec::new(),
            quantization: Vec::new(),
            huffman: Vec::new(),
            segments: Vec::new(),
            scans: Vec::new(),
            restart_interval: 0,
            jfif: None,
            adobe_transform: None,
            trailing: bytes.len()..bytes.len(),
            warnings: Vec::new(),
        };
        Self {
            bytes,
            pos: 0,
            limits,
            jpeg,
            slots: Vec::new(),
            known: Vec::new(),
            quantization: [None; 4],
            huffman: [[None; 4]; 2],
            seen_frame: false,
            visits: 0,
            header_only: false,
            at_scan: false,
        }
    }

    fn warn(&mut self, text: String) {
        match self.jpeg.warnings.len() {
            n if n < MAX_WARNINGS => self.jpeg.warnings.push(text),
            MAX_WARNINGS => self.jpeg.warnings.push("more warnings are left out".into()),
            _ => {}
        }
    }

    fn run(&mut self) -> Result<()> {
        if self.bytes.get(..2) != Some(&[0xFF, 0xD8]) {
            let start = self.bytes.get(..2).unwrap_or(self.bytes);
            return Err(Error::input(format!("expected a JPEG to start with FF D8, got {start:02X?}")));
        }
        self.segment(0xD8, 0, 2..2)?;
        self.pos = 2;
        loop {
            let Some((marker, offset)) = self.next_marker() else {
                if !self.jpeg.scans.is_empty() {
                    self.warn(format!("no end-of-image marker before the end of {} bytes", self.bytes.len()));
                }
                return Ok(());
            };
            if marker == EOI {
                self.segment(marker, offset, self.pos..self.pos)?;
                self.jpeg.trailing = self.pos..self.bytes.len();
                return Ok(());
            }
            match self.obey(marker, offset) {
                // What was decoded is worth more than a complaint about what follows it.
                Err(error) if error.kind() == ErrorKind::Input && !self.jpeg.scans.is_empty() => {
                    self.warn(format!("reading stopped at offset {offset}: {error}"));
                    return Ok(());
                }
                done => done?,
            }
            if self.at_scan {
                return Ok(());
            }
        }
    }

    fn segment(&mut self, marker: u8, offset: usize, payload: Range<usize>) -> Result<()> {
        if self.jpeg.segments.len() >= MAX_SEGMENTS {
            return Err(Error::limits(format!("more than {MAX_SEGMENTS} JPEG segments at offset {offset}")));
        }
        self.jpeg.segments.push(Segment { marker, offset, payload });
        Ok(())
    }

    /// The next marker and the offset of its 0xFF; what lies before it is passed over.
    fn next_marker(&mut self) -> Option<(u8, usize)> {
        let start = self.pos;
        let rest = self.bytes.get(start..)?;
        let at = start + rest.windows(2).position(|w| w[0] == 0xFF && w[1] != 0 && w[1] != 0xFF)?;
        let marker = self.bytes[at + 1];
        // Fill bytes are legal; anything else is not.
        if self.bytes[start..at].iter().any(|b| *b != 0xFF) {
            self.warn(format!("{} extraneous bytes before marker FF{marker:02X} at offset {at}", at - start));
        }
        self.pos = at + 2;
        Some((marker, at))
    }

    fn obey(&mut self, marker: u8, offset: usize) -> Result<()> {
        if marker == TEM || (0xD0..=0xD7).contains(&marker) {
            return Ok(());
        }
        if marker == 0xD8 {
            return Err(Error::input(format!("a second start-of-image marker at offset {offset}")));
        }
        let length = match self.bytes.get(self.pos..self.pos + 2) {
            Some(two) => usize::from(u16::from_be_bytes([two[0], two[1]])),
            None => {
                return Err(Error::input(format!("the file ends inside marker FF{marker:02X} at {offset}")));
            }
        };
        let payload = self.pos + 2..self.pos + length;
        if length < 2 {
            return Err(Error::input(format!(
                "segment FF{marker:02X} at offset {offset} has length {length}, expected at least 2"
            )));
        }
        if payload.end > self.bytes.len() {
            return Err(Error::input(format!(
                "segment FF{marker:02X} at offset {offset} has length {length}, only {} bytes follow",
                self.bytes.len() - self.pos
            )));
        }
        self.segment(marker, offset, payload.clone())?;
        self.pos = payload.end;
        let data = &self.bytes[payload.clone()];
        match marker {
            0xC0..=0xC2 => self.frame(marker, offset, data)?,
            0xC4 => self.huffman_tables(payload)?,
            0xC3 | 0xC5..=0xC7 | 0xC8..=0xCB | 0xCD..=0xCF | 0xDE | 0xDF => {
                return Err(Error::unsupported(format!(
                    "{} at offset {offset} is not read",
                    frame::process_name(marker)
                )));
            }
            0xDA => self.scan(offset, data)?,
            0xDB => self.quantization_tables(payload)?,
            0xDC => self.number_of_lines(offset, data),
            0xDD => match data {
                [a, b] => self.jpeg.restart_interval = u16::from_be_bytes([*a, *b]),
                _ => {
                    return Err(Error::input(format!(
                        "restart interval segment at offset {offset} has length {length}, expected 4"
                    )));
                }
            },
            0xE0 if data.len() >= 12 && data.starts_with(b"JFIF\0") => {
                self.jpeg.jfif = Some(Jfif {
                    version: (data[5], data[6]),
                    units: data[7],
                    x_density: u16::from_be_bytes([data[8], data[9]]),
                    y_density: u16::from_be_bytes([data[10], data[11]]),
                });
            }
            0xEE if data.len() >= 12 && data.starts_with(b"Adobe") => {
                self.jpeg.adobe_transform = Some(data[11]);
            }
            _ => {}
        }
        Ok(())
    }

    fn frame(&mut self, marker: u8, offset: usize, data: &[u8]) -> Result<()> {
        if self.seen_frame {
            return Err(Error::input(format!("a second frame header at offset {offset}")));
        }
        let mut header = frame::header(marker, offset, data)?;
        if header.height == 0 {
            header.height = frame::lines_after_first_scan(self.bytes, self.pos).ok_or_else(|| {
                Error::input(format!("frame header at offset {offset} has height 0 and no DNL follows"))
            })?;
        }
        let components = header.layout(self.limits, self.bytes.len() - self.pos)?;
        self.slots = header.components.iter().map(|c| c.slot).collect();
        self.known = vec![[-1; 64]; components.len()];
        (self.jpeg.width, self.jpeg.height) = (header.width, header.height);
        self.jpeg.process = header.process;
        self.jpeg.components = components;
        self.seen_frame = true;
        Ok(())
    }

    fn number_of_lines(&mut self, offset: usize, data: &[u8]) {
        let lines = data.get(..2).map(|d| usize::from(u16::from_be_bytes([d[0], d[1]])));
        if lines != Some(self.jpeg.height) {
            self.warn(format!(
                "DNL at offset {offset} says {} lines, the frame has {}",
                lines.unwrap_or(0),
                self.jpeg.height
            ));
        }
    }

    fn quantization_tables(&mut self, payload: Range<usize>) -> Result<()> {
        let mut at = payload.start;
        while at < payload.end {
            let info = self.bytes[at];
            let (precision, slot) = (info >> 4, info & 15);
            if precision > 1 || slot > 3 {
                return Err(Error::input(format!(
                    "quantisation table at offset {at} has precision {precision} and slot {slot}, expected at most 1 and 3"
                )));
            }
            let size = if precision == 0 { 64 } else { 128 };
            let Some(data) = self.bytes[..payload.end].get(at + 1..at + 1 + size) else {
                return Err(Error::input(format!(
                    "quantisation table at offset {at} is cut: {} bytes, expected {size}",
                    payload.end - at - 1
                )));
            };
            let mut steps = [0; 64];
            for k in 0..64 {
                steps[natural(k)] = if precision == 0 {
                    u16::from(data[k])
                } else {
                    u16::from_be_bytes([data[2 * k], data[2 * k + 1]])
                };
            }
            if steps.contains(&0) {
                self.warn(format!("quantisation table {slot} at offset {at} has a step of 0"));
            }
            self.quantization[usize::from(slot)] = Some(steps);
            let bits = if precision == 0 { 8 } else { 16 };
            self.jpeg.quantization.push(QuantizationTable { slot, bits, steps, offset: at });
            at += 1 + size;
        }
        Ok(())
    }

    fn huffman_tables(&mut self, payload: Range<usize>) -> Result<()> {
        let mut at = payload.start;
        while at < payload.end {
            let rest = &self.bytes[at..payload.end];
            let cut = || Error::input(format!("Huffman table at offset {at} is cut at {} bytes", rest.len()));
            let (head, tail) = rest.split_at_checked(17).ok_or_else(cut)?;
            let (class, slot) = (head[0] >> 4, head[0] & 15);
            if class > 1 || slot > 3 {
                return Err(Error::input(format!(
                    "Huffman table at offset {at} has class {class} and slot {slot}, expected at most 1 and 3"
                )));
            }
            let mut counts = [0; 16];
            counts.copy_from_slice(&head[1..]);
            let total: usize = counts.iter().map(|c| usize::from(*c)).sum();
            if total > 256 {
                return Err(Error::input(format!(
                    "Huffman table at offset {at} has {total} codes, at most 256"
                )));
            }
            let symbols = tail.get(..total).ok_or_else(cut)?.to_vec();
            self.huffman[usize::from(class)][usize::from(slot)] = Some(self.jpeg.huffman.len());
            self.jpeg.huffman.push(HuffmanTable { ac: class == 1, slot, counts, symbols, offset: at });
            at += 17 + total;
        }
        Ok(())
    }

    fn scan(&mut self, offset: usize, data: &[u8]) -> Result<()> {
        if !self.seen_frame {
            return Err(Error::input(format!("a scan at offset {offset} before any frame header")));
        }
        if self.header_only {
            self.at_scan = true;
            return Ok(());
        }
        if self.jpeg.scans.len() >= self.limits.scans as usize {
            return Err(Error::limits(format!(
                "more than {} scans (raise it with --limits scans=N)",
                self.limits.scans
            )));
        }
        let (scan, tables) = frame::scan_header(&self.jpeg.components, offset, data)?;
        let progressive = self.jpeg.process == Process::Progressive;
        if progressive {
            frame::check_progression(&scan)?;
        } else if (scan.spectral_start, scan.spectral_end) != (0, 63)
            || (scan.approximation_high, scan.approximation_low) != (0, 0)
        {
            self.warn(format!("scan at offset {offset} has progressive parameters, taken as sequential"));
        }
        self.latch_steps(&scan)?;
        let decoders = self.decoders(&scan, &tables)?;

        let grid = self.grid(&scan);
        let visits = (grid.wide * grid.high) as u64
            * scan.components.iter().map(|c| self.mcu_blocks(&scan, *c)).sum::<u64>();
        self.visits = self.visits.saturating_add(visits);
        let blocks: u64 = self.jpeg.components.iter().map(|c| (c.blocks_wide * c.blocks_high) as u64).sum();
        if self.visits > FREE_VISITS.max(VISITS_PER_BLOCK * blocks) {
            return Err(Error::limits(format!(
                "{} scans visit {} blocks in a picture of {blocks}: more work than any use needs",
                self.jpeg.scans.len() + 1,
                self.visits
            )));
        }
        if progressive {
            self.note_progression(&scan);
        }
        self.decode(scan, &tables, &decoders, grid);
        Ok(())
    }

    fn mcu_blocks(&self, scan: &Scan, component: usize) -> u64 {
        match scan.components.len() {
            1 => 1,
            _ => u64::from(self.jpeg.components[component].h) * u64::from(self.jpeg.components[component].v),
        }
    }

    fn grid(&self, scan: &Scan) -> Grid {
        let restart_interval = usize::from(self.jpeg.restart_interval);
        if let [only] = scan.components[..] {
            let component = &self.jpeg.components[only];
            return Grid { wide: component.blocks_wide, high: component.blocks_high, restart_interval };
        }
        let (h_max, v_max) = self.jpeg.max_sampling();
        Grid {
            wide: self.jpeg.width.div_ceil(8 * usize::from(h_max)),
            high: self.jpeg.height.div_ceil(8 * usize::from(v_max)),
            restart_interval,
        }
    }

    /// Keeps the steps in force when a component is first coded, and makes room for its coefficients.
    fn latch_steps(&mut self, scan: &Scan) -> Result<()> {
        for &index in &scan.components {
            if self.jpeg.components[index].blocks.is_empty() {
                let slot = self.slots[index];
                let steps = self.quantization.get(usize::from(slot)).copied().flatten();
                let component = &mut self.jpeg.components[index];
                component.steps = steps.ok_or_else(|| {
                    Error::input(format!(
                        "scan at offset {} needs quantisation table {slot}, which is not defined",
                        scan.offset
                    ))
                })?;
                component.blocks = vec![[0; 64]; component.blocks_wide * component.blocks_high];
            }
        }
        Ok(())
    }

    /// Decoders of the tables that the scan names, by class and slot.
    fn decoders(&mut self, scan: &Scan, tables: &[(u8, u8)]) -> Result<[[Option<Decoder>; 4]; 2]> {
        let progressive = self.jpeg.process == Process::Progressive;
        let wants_dc = scan.spectral_start == 0 && scan.approximation_high == 0 || !progressive;
        let wants_ac = scan.spectral_start > 0 || !progressive;
        let whole = scan.approximation_high == 0 || !progressive;
        let mut decoders = [const { [const { None }; 4] }; 2];
        for &(dc, ac) in tables {
            for (class, slot, wanted) in [(0, dc, wants_dc), (1, ac, wants_ac)] {
                let place: Option<&mut Option<Decoder>> = decoders[class].get_mut(usize::from(slot));
                let Some(place) = place.filter(|p| wanted && p.is_none()) else { continue };
                let defined = self.huffman[class][usize::from(slot)].map(|i| &self.jpeg.huffman[i]);
                *place = Some(match defined {
                    Some(table) => Decoder::new(table, whole)?,
                    None => {
                        let name = format!("Huffman table {} {slot}", ["DC", "AC"][class]);
                        // Motion-JPEG frames define none and mean the standard's.
                        let table = standard(class == 1, slot).filter(|_| self.jpeg.huffman.is_empty());
                        let table = table.ok_or_else(|| {
                            Error::input(format!(
                                "scan at offset {} needs {name}, which is not defined",
                                scan.offset
                            ))
                        })?;
                        let decoder = Decoder::new(&table, whole)?;
                        self.warn(format!("{name} is not defined, the standard's is taken"));
                        decoder
                    }
                });
            }
        }
        Ok(decoders)
    }

    /// Keeps account of which bits are known, and warns of scans that do not fit together.
    fn note_progression(&mut self, scan: &Scan) {
        let mut odd = false;
        for &index in &scan.components {
            let known = &mut self.known[index];
            odd |= scan.spectral_start > 0 && known[0] < 0;
            for k in scan.spectral_start..=scan.spectral_end {
                let place = &mut known[usize::from(k)];
                odd |= i16::from((*place).max(0)) != i16::from(scan.approximation_high);
                *place = scan.approximation_low as i8;
            }
        }
        if odd {
            self.warn(format!("scan at offset {} does not follow on the ones before it", scan.offset));
        }
    }

    fn decode(
        &mut self,
        mut scan: Scan,
        tables: &[(u8, u8)],
        decoders: &[[Option<Decoder>; 4]; 2],
        grid: Grid,
    ) {
        let alone = scan.components.len() == 1;
        let decoder = |class: usize, slot: u8| decoders[class].get(usize::from(slot))?.as_ref();
        let mut parts: Vec<ScanComponent<'_>> = Vec::with_capacity(4);
        for (&index, &(dc, ac)) in scan.components.iter().zip(tables) {
            let component = &mut self.jpeg.components[index];
            parts.push(ScanComponent {
                blocks: std::mem::take(&mut component.blocks),
                blocks_wide: component.blocks_wide,
                blocks_high: component.blocks_high,
                h: if alone { 1 } else { component.h.into() },
                v: if alone { 1 } else { component.v.into() },
                dc: decoder(0, dc),
                ac: decoder(1, ac),
                prediction: 0,
            });
        }
        let mut reader = BitReader::new(self.bytes, self.pos);
        let low = scan.approximation_low;
        let (start, end) = (usize::from(scan.spectral_start), usize::from(scan.spectral_end));
        let first = scan.approximation_high == 0;
        let outcome = if self.jpeg.process != Process::Progressive {
            scan::decode(&mut reader, &mut parts, grid, Sequential::new())
        } else if start == 0 && first {
            scan::decode(&mut reader, &mut parts, grid, DcFirst { low })
        } else if start == 0 {
            scan::decode(&mut reader, &mut parts, grid, DcRefine { low })
        } else if first {
            scan::decode(&mut reader, &mut parts, grid, AcFirst { start, end, low, empty: 0 })
        } else {
            scan::decode(&mut reader, &mut parts, grid, AcRefine { start, end, low, empty: 0 })
        };
        for (&index, part) in scan.components.iter().zip(parts) {
            self.jpeg.components[index].blocks = part.blocks;
        }
        self.pos = reader.end();
        scan.restarts = outcome.restarts;
        self.report_damage(&scan, &reader, &outcome, grid);
        self.jpeg.scans.push(scan);
    }

    fn report_damage(&mut self, scan: &Scan, reader: &BitReader<'_>, outcome: &Outcome, grid: Grid) {
        let offset = scan.offset;
        if outcome.missing > 0 {
            let why = if reader.ended { "the file ends" } else { "data end" };
            let (missing, all) = (outcome.missing, grid.wide * grid.high);
            self.warn(format!("scan at offset {offset}: {why} early, {missing} of {all} MCUs lack data"));
        }
        for (count, what) in [
            (reader.bad_codes, "bad Huffman codes"),
            (reader.resyncs, "unexpected restart markers"),
            (reader.skipped, "extraneous bytes before restart markers"),
        ] {
            if count > 0 {
                self.warn(format!("scan at offset {offset}: {count} {what}"));
            }
        }
    }

    fn finish(mut self) -> Result<Jpeg> {
        let length = self.bytes.len();
        if !self.seen_frame {
            return Err(Error::input(format!("no frame header (SOF) in {length} bytes of JPEG")));
        }
        if self.jpeg.scans.is_empty() {
            return Err(Error::input(format!("no scan (SOS) in {length} bytes of JPEG")));
        }
        for index in 0..self.jpeg.components.len() {
            let component = &mut self.jpeg.components[index];
            if component.blocks.is_empty() {
                component.blocks = vec![[0; 64]; component.blocks_wide * component.blocks_high];
                let slot = usize::from(self.slots[index]);
                component.steps = self.quantization.get(slot).copied().flatten().unwrap_or([1; 64]);
                let id = component.id;
                self.warn(format!("component {id} is in no scan"));
            }
        }
        Ok(self.jpeg)
    }
}
