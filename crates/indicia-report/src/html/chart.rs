//! Line charts as SVG.

use std::fmt::Write as _;

/// Colours of lines that stay apart for most colour-blind eyes (Okabe and Ito), darkened where they are too
/// light for lines on white.
const COLOURS: [&str; 8] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#7a4fa3", "#5f6b76"];
/// Dashes of the second and third round of colours.
const DASHES: [&str; 3] = ["none", "7 4", "2 3"];

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 46.0;

/// A line of a chart.
pub struct Line {
    /// Name for the legend.
    pub name: String,
    /// Points, x and y in the units of the axes.
    pub points: Vec<[f64; 2]>,
}

/// A chart of lines.
pub struct Chart {
    /// What is along the bottom.
    pub x: String,
    /// What is along the side.
    pub y: String,
    /// Lowest and highest y.
    pub range: [f64; 2],
    /// Names of places along the bottom, at 0, 1, 2...; empty for an axis from 0 to 1.
    pub places: Vec<String>,
    /// Draws the diagonal from (0, 0) to (1, 1).
    pub diagonal: bool,
    /// The lines.
    pub lines: Vec<Line>,
}

/// Name, colour and dashes of a line, for the legend.
pub struct Key {
    /// Name of the line.
    pub name: String,
    /// CSS colour.
    pub colour: &'static str,
    /// SVG dashes.
    pub dashes: &'static str,
}

impl Chart {
    /// Colours and dashes of the lines.
    pub fn keys(&self) -> Vec<Key> {
        let style = |(i, line): (usize, &Line)| Key {
            name: line.name.clone(),
            colour: COLOURS[i % COLOURS.len()],
            dashes: DASHES[i / COLOURS.len() % DASHES.len()],
        };
        self.lines.iter().enumerate().map(style).collect()
    }

    /// The chart as an SVG element. Names are escaped.
    pub fn svg(&self) -> String {
        let bottom = if self.places.is_empty() { BOTTOM } else { BOTTOM + 54.0 };
        let height = HEIGHT + bottom - BOTTOM;
        let last = if self.places.is_empty() { 1.0 } else { (self.places.len() as f64 - 1.0).max(1.0) };
        let x = |v: f64| LEFT + v / last * (WIDTH - LEFT - RIGHT);
        let [low, high] = self.range;
        let y = |v: f64| TOP + (1.0 - (v.clamp(low, high) - low) / (high - low)) * (height - TOP - bottom);
        let mut out = format!(
            "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{} over {}\" class=\"chart\">",
            escape(&self.y),
            escape(&self.x)
        );
        // Writing to a string cannot fail.
        for step in 0..=5 {
            let share = f64::from(step) / 5.0;
            let value = low + share * (high - low);
            let _ = write!(
                out,
                "<path class=\"grid\" d=\"M{:.1} {at:.1}H{:.1}\"/><text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value:.1}</text>",
                x(0.0),
                x(last),
                LEFT - 6.0,
                y(value) + 4.0,
                at = y(value),
            );
            if self.places.is_empty() {
                let _ = write!(
                    out,
                    "<path class=\"grid\" d=\"M{at:.1} {:.1}V{:.1}\"/><text class=\"tick\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{share:.1}</text>",
                    y(low),
                    y(high),
                    height - bottom + 16.0,
                    at = x(share),
                );
            }
        }
        for (i, place) in self.places.iter().enumerate() {
            let (at, foot) = (x(i as f64), height - bottom + 12.0);
            let _ = write!(
                out,
                "<text class=\"tick\" transform=\"translate({at:.1} {foot:.1}) rotate(-40)\" text-anchor=\"end\">{}</text>",
                escape(place)
            );
        }
        if self.diagonal {
            let _ = write!(
                out,
                "<path class=\"diagonal\" d=\"M{:.1} {:.1}L{:.1} {:.1}\"/>",
                x(0.0),
                y(0.0),
                x(1.0),
                y(1.0)
            );
        }
        for (line, key) in self.lines.iter().zip(self.keys()) {
            let mut path = String::new();
            let mut before = None;
            for [px, py] in &line.points {
                // A place without a value leaves a gap; nothing is known between its neighbours.
                let joined = before.is_some_and(|before| self.places.is_empty() || px - before <= 1.0);
                let _ = write!(path, "{}{:.1} {:.1}", if joined { "L" } else { "M" }, x(*px), y(*py));
                before = Some(*px);
            }
            let Key { colour, dashes, .. } = key;
            let _ = write!(
                out,
                "<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\" stroke-linejoin=\"round\" d=\"{path}\"><title>{}</title></path>",
                escape(&line.name)
            );
            if !self.places.is_empty() || line.points.len() < 20 {
                for [px, py] in &line.points {
                    let _ = write!(
                        out,
                        "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.6\" fill=\"{colour}\"/>",
                        x(*px),
                        y(*py)
                    );
                }
            }
        }
        let _ = write!(
            out,
            "<text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text><text class=\"axis\" transform=\"translate(13 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text></svg>",
            (LEFT + WIDTH - RIGHT) / 2.0,
            height - 6.0,
            escape(&self.x),
            (TOP + height - bottom) / 2.0,
            escape(&self.y)
        );
        out
    }
}

fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, letter| {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lie_where_their_values_say_and_names_are_escaped() {
        let line = Line { name: "a<b>\"&".into(), points: vec![[0.0, 0.0], [1.0, 1.0]] };
        let chart = Chart {
            x: "x".into(),
            y: "y".into(),
            range: [0.0, 1.0],
            places: vec![],
            diagonal: false,
            lines: vec![line],
        };
        let svg = chart.svg();
        assert!(
            svg.contains("d=\"M52.0 314.0L508.0 10.0\"") && svg.contains("a&lt;b&gt;&quot;&amp;"),
            "{svg}"
        );
        assert!(!svg.contains("a<b>"));
        assert_eq!(chart.keys()[0].dashes, "none");
    }

    #[test]
    fn a_place_without_a_value_leaves_a_gap() {
        let line = Line { name: "a".into(), points: vec![[0.0, 0.5], [1.0, 0.5], [3.0, 0.5]] };
        let chart = Chart {
            x: String::new(),
            y: String::new(),
            range: [0.0, 1.0],
            places: ["w", "x", "y", "z"].map(String::from).to_vec(),
            diagonal: false,
            lines: vec![line],
        };
        let svg = chart.svg();
        let path = svg.split("fill=\"none\"").nth(1).and_then(|rest| rest.split("d=\"").nth(1)).unwrap();
        let path = path.split('"').next().unwrap();
        assert_eq!((path.matches('M').count(), path.matches('L').count()), (2, 1), "{path}");
    }
}
