/// A parsed JPEG: the view that compression forensics reads.
#[derive(Debug, Clone)]
pub struct Jpeg {
    /// Columns of the picture.
    pub width: usize,
    /// Rows of the picture.
    pub height: usize,
    /// Coding process of the frame.
    pub process: Process,
    /// Components in frame order: Y, Cb, Cr for most files.
    pub components: Vec<Component>,
    /// Every quantisation table that the file defines, in file order; a table may be redefined.
    pub quantization: Vec<QuantizationTable>,
    /// Every Huffman table that the file defines, in file order.
    pub huffman: Vec<HuffmanTable>,
    /// Every marker of the main picture with its place, in file order.
    pub segments: Vec<Segment>,
    /// Scans in file order.
    pub scans: Vec<Scan>,
    /// MCUs between restart markers, as last defined; 0 for none.
    pub restart_interval: u16,
    /// The JFIF segment, if there is one.
    pub jfif: Option<Jfif>,
    /// Colour transform of the Adobe segment: 0 unknown (RGB, CMYK), 1 YCbCr, 2 YCCK.
    pub adobe_transform: Option<u8>,
    /// Bytes after the end-of-image marker.
    pub trailing: std::ops::Range<usize>,
    /// Damage that did not stop the reading, each in a phrase.
    pub warnings: Vec<String>,
}

/// Coding process of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// SOF0.
    Baseline,
    /// SOF1, Huffman coding, 8 bits.
    ExtendedSequential,
    /// SOF2.
    Progressive,
}

/// One component with its quantised coefficients.
#[derive(Debug, Clone)]
pub struct Component {
    /// Identifier in the file.
    pub id: u8,
    /// Horizontal sampling factor, 1 to 4.
    pub h: u8,
    /// Vertical sampling factor, 1 to 4.
    pub v: u8,
    /// Columns of blocks that hold picture (without padding to whole MCUs).
    pub blocks_wide: usize,
    /// Rows of blocks that hold picture.
    pub blocks_high: usize,
    /// Quantisation steps that were in force when the component was first coded, in natural (row) order:
    /// index `8 * v + u` for vertical frequency v and horizontal frequency u.
    pub steps: [u16; 64],
    /// Quantised coefficients, one array a block in natural order, blocks in rows,
    /// `blocks_wide * blocks_high` of them.
    pub blocks: Vec<[i16; 64]>,
}

/// A quantisation table as defined in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuantizationTable {
    /// Slot, 0 to 3.
    pub slot: u8,
    /// Bits of an element in the file, 8 or 16.
    pub bits: u8,
    /// Steps in natural (row) order.
    pub steps: [u16; 64],
    /// Offset in the file.
    pub offset: usize,
}

/// A Huffman table as defined in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HuffmanTable {
    /// True for AC coefficients, false for DC.
    pub ac: bool,
    /// Slot, 0 to 3.
    pub slot: u8,
    /// Number of codes of each length 1 to 16.
    pub counts: [u8; 16],
    /// Symbols in order of code.
    pub symbols: Vec<u8>,
    /// Offset in the file.
    pub offset: usize,
}

/// A marker with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Second byte of the marker, such as 0xE1 for APP1.
    pub marker: u8,
    /// Offset of the marker's 0xFF.
    pub offset: usize,
    /// Payload after marker and length; empty for markers without one.
    pub payload: std::ops::Range<usize>,
}

/// One scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Indices into [`Jpeg::components`].
    pub components: Vec<usize>,
    /// First zig-zag index.
    pub spectral_start: u8,
    /// Last zig-zag index.
    pub spectral_end: u8,
    /// Successive approximation, high bit position.
    pub approximation_high: u8,
    /// Successive approximation, low bit position.
    pub approximation_low: u8,
    /// Restart markers met.
    pub restarts: usize,
    /// Offset of the SOS marker.
    pub offset: usize,
}

/// The JFIF APP0 segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jfif {
    /// Major and minor version.
    pub version: (u8, u8),
    /// Density unit: 0 aspect ratio only, 1 dots an inch, 2 dots a centimetre.
    pub units: u8,
    /// Horizontal density.
    pub x_density: u16,
    /// Vertical density.
    pub y_density: u16,
}

/// One of the two example tables of T.81, annex K.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandardTable {
    /// Table K.1.
    Luminance,
    /// Table K.2.
    Chrominance,
}

/// The libjpeg quality nearest to a quantisation table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QualityEstimate {
    /// 1 to 100.
    pub quality: u8,
    /// Mean absolute difference of the 64 steps.
    pub distance: f64,
    /// True if the table is exactly libjpeg's for this quality.
    pub exact: bool,
}

/// Sampling of the colour planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subsampling {
    /// 4:4:4, full size.
    S444,
    /// 4:2:2, half the columns.
    S422,
    /// 4:2:0, half the columns and rows.
    S420,
}

impl Subsampling {
    /// Horizontal and vertical sampling factors of the luminance; those of the colour planes are 1.
    pub(super) fn factors(self) -> (u8, u8) {
        match self {
            Self::S444 => (1, 1),
            Self::S422 => (2, 1),
            Self::S420 => (2, 2),
        }
    }
}
