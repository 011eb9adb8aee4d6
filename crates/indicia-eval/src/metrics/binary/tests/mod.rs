mod evaluate;
mod gap;
mod ranking;
mod reference;

fn close(got: Option<f64>, expected: f64) {
    let got = got.expect("a value");
    assert!((got - expected).abs() < 1e-12, "expected {expected}, got {got}");
}
