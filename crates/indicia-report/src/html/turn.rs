//! The eight EXIF orientations as turns of the picture.

/// How a picture as decoded is turned to stand upright: first moved by its own width or height, then
/// multiplied by a matrix of 0, 1 and -1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// `[a, b, c, d]` of CSS's `matrix()`: x' = a x + c y, y' = b x + d y.
    pub matrix: [i8; 4],
    /// Whether to move left by the width first, and up by the height.
    pub shift: [bool; 2],
    /// What it does, for people.
    pub words: &'static str,
}

impl Turn {
    /// The turn for an EXIF orientation (TIFF 6.0 tag 274); `None` for 1, which is upright, and for values
    /// that do not exist.
    pub fn of(orientation: u8) -> Option<Self> {
        let (matrix, shift, words) = match orientation {
            2 => ([-1, 0, 0, 1], [true, false], "mirrored left to right"),
            3 => ([-1, 0, 0, -1], [true, true], "turned by 180°"),
            4 => ([1, 0, 0, -1], [false, true], "mirrored top to bottom"),
            5 => ([0, 1, 1, 0], [false, false], "turned by 90° clockwise and mirrored left to right"),
            6 => ([0, 1, -1, 0], [false, true], "turned by 90° clockwise"),
            7 => ([0, -1, -1, 0], [true, true], "turned by 90° anticlockwise and mirrored left to right"),
            8 => ([0, -1, 1, 0], [true, false], "turned by 90° anticlockwise"),
            _ => return None,
        };
        Some(Self { matrix, shift, words })
    }

    /// True if width and height change places.
    pub fn swaps_sides(self) -> bool {
        self.matrix[0] == 0
    }

    /// As a CSS transform about the top left corner.
    pub fn css(self) -> String {
        let [a, b, c, d] = self.matrix;
        let percent = |moved: bool| if moved { "-100%" } else { "0%" };
        let [x, y] = self.shift.map(percent);
        format!("matrix({a},{b},{c},{d},0,0) translate({x},{y})")
    }

    /// Where the pixel at column `x`, row `y` of a `width` by `height` picture goes.
    #[cfg(test)]
    fn pixel(self, (x, y): (i32, i32), (width, height): (i32, i32)) -> (i32, i32) {
        let [a, b, c, d] = self.matrix.map(i32::from);
        // Twice the coordinates of the pixel's centre, so that halves stay whole.
        let x = 2 * x + 1 - if self.shift[0] { 2 * width } else { 0 };
        let y = 2 * y + 1 - if self.shift[1] { 2 * height } else { 0 };
        ((a * x + c * y - 1) / 2, (b * x + d * y - 1) / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Turns the letter F, drawn as `stored` by a camera with this orientation, upright.
    fn upright(stored: [&str; 5], columns: usize, rows: usize, orientation: u8) -> Vec<String> {
        let turn = Turn::of(orientation);
        let size = (columns as i32, rows as i32);
        let (out_columns, out_rows) =
            if turn.is_some_and(Turn::swaps_sides) { (rows, columns) } else { (columns, rows) };
        let mut out = vec![vec!['?'; out_columns]; out_rows];
        for (y, row) in stored.iter().take(rows).enumerate() {
            for (x, letter) in row.chars().enumerate() {
                let at = (x as i32, y as i32);
                let (x, y) = turn.map_or(at, |turn| turn.pixel(at, size));
                out[y as usize][x as usize] = letter;
            }
        }
        out.into_iter().map(|row| row.into_iter().collect()).collect()
    }

    #[test]
    fn every_orientation_brings_the_letter_f_upright() {
        // How the letter F lies in the file for each value of the tag: "row 0 is the visual top/right/...,
        // column 0 the visual left/top/..." (TIFF 6.0, page 36), drawn by hand.
        let tall: [(u8, [&str; 5]); 4] = [
            (1, ["###", "#..", "##.", "#..", "#.."]),
            (2, ["###", "..#", ".##", "..#", "..#"]),
            (3, ["..#", "..#", ".##", "..#", "###"]),
            (4, ["#..", "#..", "##.", "#..", "###"]),
        ];
        let wide: [(u8, [&str; 5]); 4] = [
            // Row 0 is the visual left, column 0 the visual top.
            (5, ["#####", "#.#..", "#....", "", ""]),
            // Row 0 is the visual right, column 0 the visual top.
            (6, ["#....", "#.#..", "#####", "", ""]),
            // Row 0 is the visual right, column 0 the visual bottom.
            (7, ["....#", "..#.#", "#####", "", ""]),
            // Row 0 is the visual left, column 0 the visual bottom.
            (8, ["#####", "..#.#", "....#", "", ""]),
        ];
        let f = ["###", "#..", "##.", "#..", "#.."];
        for (orientation, stored) in tall {
            assert_eq!(upright(stored, 3, 5, orientation), f, "orientation {orientation}");
        }
        for (orientation, stored) in wide {
            assert_eq!(upright(stored, 5, 3, orientation), f, "orientation {orientation}");
        }
    }

    #[test]
    fn css_names_matrix_and_shift_and_unknown_values_do_not_turn() {
        assert_eq!(Turn::of(6).unwrap().css(), "matrix(0,1,-1,0,0,0) translate(0%,-100%)");
        assert_eq!(Turn::of(3).unwrap().css(), "matrix(-1,0,0,-1,0,0) translate(-100%,-100%)");
        assert_eq!([0, 1, 9, 255].map(Turn::of), [None; 4]);
    }
}
