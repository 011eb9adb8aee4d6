mod evaluate;
mod reference;
mod resample;

use super::*;
use crate::metrics::Section;
use crate::stats::Bootstrap;

const NONE: Bootstrap = Bootstrap { replicates: 0, seed: 0 };

fn rect(x: f64, y: f64, width: f64, height: f64) -> Rect {
    Rect { x, y, width, height }
}

/// A true box of type 0.
fn truth(x: f64, y: f64, width: f64, height: f64) -> TrueBox {
    TrueBox::new(rect(x, y, width, height), 0)
}

/// A predicted box of type 0.
fn predicted(x: f64, y: f64, width: f64, height: f64, score: f64) -> PredictedBox {
    PredictedBox { rect: rect(x, y, width, height), kind: 0, score }
}

fn measure_by(pictures: &[Picture], protocol: &BoxProtocol) -> Section {
    let groups: Vec<u32> = (0..pictures.len() as u32).collect();
    evaluate(pictures, &[String::new()], &groups, protocol, NONE).unwrap()
}

fn measure(pictures: &[Picture]) -> Section {
    measure_by(pictures, &BoxProtocol::default())
}

fn close(section: &Section, id: &str, expected: f64) {
    let got = section.get(id).unwrap_or_else(|| panic!("{id} has no value")).value;
    assert!((got - expected).abs() < 1e-12, "{id}: expected {expected}, got {got}");
}
