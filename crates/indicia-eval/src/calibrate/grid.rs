use indicia_core::Map;

/// Cells of a fused map at most. More would cost time and memory and show no more.
const MOST_CELLS: usize = 1 << 18;

/// The cells of a fused map: square, whole pixels, as fine as a bounded number of them allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Side of a cell in pixels, at least 1.
    pub cell: usize,
    /// Columns of the picture in pixels.
    pub width: usize,
    /// Rows of the picture in pixels.
    pub height: usize,
}

impl Grid {
    /// The grid of a picture.
    pub fn of(width: usize, height: usize) -> Self {
        let cells = |cell: usize| width.div_ceil(cell) * height.div_ceil(cell);
        let cell = (1..).find(|&cell| cells(cell) <= MOST_CELLS).unwrap_or(1);
        Self { cell, width, height }
    }

    /// Columns of cells.
    pub fn columns(&self) -> usize {
        self.width.div_ceil(self.cell)
    }

    /// Rows of cells.
    pub fn rows(&self) -> usize {
        self.height.div_ceil(self.cell)
    }

    /// The pixel that stands for a cell: its middle, or the last one within the picture.
    pub fn pixel(&self, column: usize, row: usize) -> (usize, usize) {
        let at = |i: usize, size: usize| (i * self.cell + self.cell / 2).min(size - 1);
        (at(column, self.width), at(row, self.height))
    }

    /// The ranks of a map's values within the picture, a cell each in rows, from 0 (lowest) to 1 (highest).
    /// Equal values share their middle rank, so that a map that is level everywhere gives one half.
    ///
    /// # Panics
    /// If the map is of another size.
    pub fn ranks(&self, map: &Map) -> Vec<f32> {
        assert_eq!((map.width, map.height), (self.width, self.height), "map and grid must have one size");
        let (columns, rows) = (self.columns(), self.rows());
        let mut order: Vec<(f32, u32)> = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            for column in 0..columns {
                let (x, y) = self.pixel(column, row);
                // Adding 0 turns -0 into 0, so that the two share a rank.
                order.push((map.at(x, y) + 0.0, (row * columns + column) as u32));
            }
        }
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut ranks = vec![0.5; order.len()];
        let mut done = 0;
        for equal in order.chunk_by(|a, b| a.0 == b.0) {
            let rank = (done as f64 + equal.len() as f64 / 2.0) / order.len() as f64;
            equal.iter().for_each(|&(_, place)| ranks[place as usize] = rank as f32);
            done += equal.len();
        }
        ranks
    }
}
