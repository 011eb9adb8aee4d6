//! Curves as a picture, without fonts of the system.

use indicia_core::{Error, Result};

use super::Point;

const WIDTH: usize = 760;
const PANEL: usize = 200;
const LEFT: usize = 86;
const RIGHT: usize = 18;
const TOP: usize = 26;
const BOTTOM: usize = 26;
const INK: [u8; 3] = [40, 44, 52];
const GRID: [u8; 3] = [226, 229, 234];
/// Okabe and Ito's colours that are dark enough on white.
const COLOURS: [[u8; 3]; 4] = [[0, 114, 178], [213, 94, 0], [0, 158, 115], [122, 79, 163]];

/// A curve over steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Its name, in small letters, digits and `_`.
    pub name: String,
    /// Steps and values.
    pub points: Vec<(f64, f64)>,
}

impl Curve {
    /// The curves of a history, by name in order of appearance. Numbers that are not finite are left out.
    pub fn of(history: &[Point]) -> Vec<Self> {
        let mut curves: Vec<Self> = vec![];
        for point in history.iter().filter(|p| p.value.0.is_finite()) {
            let at = curves.iter().position(|c| c.name == point.name).unwrap_or_else(|| {
                curves.push(Self { name: point.name.clone(), points: vec![] });
                curves.len() - 1
            });
            curves[at].points.push((point.step as f64, point.value.0));
        }
        curves
    }
}

/// A PNG with one panel for each curve, one below the other: name and last value above, lowest and highest value
/// at the side, first and last step below.
///
/// # Errors
/// `Input` without curves.
pub fn draw(curves: &[Curve]) -> Result<Vec<u8>> {
    if curves.is_empty() {
        return Err(Error::input("there are no curves to draw"));
    }
    let height = PANEL * curves.len();
    let mut canvas = Canvas { width: WIDTH, height, rgb: vec![255; WIDTH * height * 3] };
    for (i, curve) in curves.iter().enumerate() {
        panel(&mut canvas, i * PANEL, curve, COLOURS[i % COLOURS.len()]);
    }
    canvas.png()
}

fn panel(canvas: &mut Canvas, top: usize, curve: &Curve, colour: [u8; 3]) {
    let bounds = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)))
    };
    let (first, last) = bounds(&mut curve.points.iter().map(|p| p.0));
    let (low, high) = bounds(&mut curve.points.iter().map(|p| p.1));
    let (left, right) = (LEFT as f64, (WIDTH - RIGHT) as f64);
    let (upper, lower) = ((top + TOP) as f64, (top + PANEL - BOTTOM) as f64);
    for step in 0..=4 {
        let y = upper + (lower - upper) * f64::from(step) / 4.0;
        canvas.line((left, y), (right, y), 1.0, GRID);
    }
    let share = |v: f64, a: f64, b: f64| if b > a { (v - a) / (b - a) } else { 0.5 };
    let place = |&(x, y): &(f64, f64)| {
        (left + share(x, first, last) * (right - left), lower - share(y, low, high) * (lower - upper))
    };
    for pair in curve.points.windows(2) {
        canvas.line(place(&pair[0]), place(&pair[1]), 2.0, colour);
    }
    if let [only] = &curve.points[..] {
        let (x, y) = place(only);
        canvas.line((x - 2.0, y), (x + 2.0, y), 4.0, colour);
    }
    let now = curve.points.last().map_or(f64::NAN, |p| p.1);
    canvas.text(LEFT, top + 8, &format!("{}  {}", curve.name, number(now)), INK);
    for (value, y) in [(high, upper), (low, lower)] {
        let text = number(value);
        canvas.text(LEFT.saturating_sub(8 + text.len() * ADVANCE), y as usize - 4, &text, INK);
    }
    canvas.text(LEFT, lower as usize + 8, &number(first), INK);
    let end = number(last);
    canvas.text(WIDTH - RIGHT - end.len() * ADVANCE, lower as usize + 8, &end, INK);
}

fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e9 {
        format!("{value:.0}")
    } else if value.abs() >= 1e-3 && value.abs() < 1e5 {
        format!("{value:.4}")
    } else {
        format!("{value:.2e}")
    }
}

struct Canvas {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Canvas {
    fn blend(&mut self, x: usize, y: usize, cover: f64, colour: [u8; 3]) {
        if x >= self.width || y >= self.height {
            return;
        }
        for (sample, ink) in self.rgb[(y * self.width + x) * 3..][..3].iter_mut().zip(colour) {
            let old = f64::from(*sample);
            *sample = (old + (f64::from(ink) - old) * cover).round() as u8;
        }
    }

    /// A line with round ends; a pixel is covered by its distance from the middle of the line.
    fn line(&mut self, from: (f64, f64), to: (f64, f64), width: f64, colour: [u8; 3]) {
        let range = |a: f64, b: f64, most: usize| {
            let low = (a.min(b) - width).floor().max(0.0) as usize;
            low..((a.max(b) + width).ceil().max(0.0) as usize + 1).min(most)
        };
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx * dx + dy * dy;
        for y in range(from.1, to.1, self.height) {
            for x in range(from.0, to.0, self.width) {
                let (px, py) = (x as f64 - from.0, y as f64 - from.1);
                let along = if length > 0.0 { ((px * dx + py * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
                let off = (px - along * dx).hypot(py - along * dy);
                let cover = (width / 2.0 + 0.5 - off).clamp(0.0, 1.0);
                if cover > 0.0 {
                    self.blend(x, y, cover, colour);
                }
            }
        }
    }

    fn text(&mut self, left: usize, top: usize, text: &str, colour: [u8; 3]) {
        for (i, letter) in text.chars().enumerate() {
            for (row, bits) in glyph(letter).into_iter().enumerate() {
                for column in (0..5).filter(|c| bits & (16 >> c) != 0) {
                    self.blend(left + i * ADVANCE + column, top + row, 1.0, colour);
                }
            }
        }
    }

    fn png(self) -> Result<Vec<u8>> {
        let mut bytes = vec![];
        let failed = |e| Error::internal_from("the curves cannot be written as PNG", e);
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&self.rgb).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(bytes)
    }
}

/// Pixels from one letter to the next.
const ADVANCE: usize = 6;

/// Rows of a letter of 5 by 7 pixels, from the top, the left pixel in the fifth bit.
fn glyph(letter: char) -> [u8; 7] {
    match letter.to_ascii_lowercase() {
        '0' => [14, 17, 19, 21, 25, 17, 14],
        '1' => [4, 12, 4, 4, 4, 4, 14],
        '2' => [14, 17, 1, 6, 8, 16, 31],
        '3' => [14, 17, 1, 6, 1, 17, 14],
        '4' => [2, 6, 10, 18, 31, 2, 2],
        '5' => [31, 16, 30, 1, 1, 17, 14],
        '6' => [6, 8, 16, 30, 17, 17, 14],
        '7' => [31, 1, 2, 4, 8, 8, 8],
        '8' => [14, 17, 17, 14, 17, 17, 14],
        '9' => [14, 17, 17, 15, 1, 2, 12],
        'a' => [0, 0, 14, 1, 15, 17, 15],
        'b' => [16, 16, 30, 17, 17, 17, 30],
        'c' => [0, 0, 14, 17, 16, 17, 14],
        'd' => [1, 1, 15, 17, 17, 17, 15],
        'e' => [0, 0, 14, 17, 31, 16, 14],
        'f' => [6, 8, 28, 8, 8, 8, 8],
        'g' => [0, 15, 17, 17, 15, 1, 14],
        'h' => [16, 16, 30, 17, 17, 17, 17],
        'i' => [4, 0, 12, 4, 4, 4, 14],
        'j' => [2, 0, 6, 2, 2, 18, 12],
        'k' => [16, 16, 18, 20, 24, 20, 18],
        'l' => [12, 4, 4, 4, 4, 4, 14],
        'm' => [0, 0, 26, 21, 21, 21, 21],
        'n' => [0, 0, 30, 17, 17, 17, 17],
        'o' => [0, 0, 14, 17, 17, 17, 14],
        'p' => [0, 30, 17, 17, 30, 16, 16],
        'q' => [0, 15, 17, 17, 15, 1, 1],
        'r' => [0, 0, 22, 24, 16, 16, 16],
        's' => [0, 0, 15, 16, 14, 1, 30],
        't' => [8, 8, 28, 8, 8, 9, 6],
        'u' => [0, 0, 17, 17, 17, 17, 15],
        'v' => [0, 0, 17, 17, 17, 10, 4],
        'w' => [0, 0, 17, 21, 21, 21, 10],
        'x' => [0, 0, 17, 10, 4, 10, 17],
        'y' => [0, 17, 17, 15, 1, 17, 14],
        'z' => [0, 0, 31, 2, 4, 8, 31],
        '.' => [0, 0, 0, 0, 0, 12, 12],
        '-' => [0, 0, 0, 14, 0, 0, 0],
        '_' => [0, 0, 0, 0, 0, 0, 31],
        ' ' => [0; 7],
        _ => [31, 17, 17, 17, 17, 17, 31],
    }
}
