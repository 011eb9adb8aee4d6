use indicia_core::ExhibitData;

use super::algorithm::axes;
use super::*;

fn plane(width: usize, height: usize, value: impl Fn(usize, usize) -> [u8; 3]) -> Rgb8 {
    let samples = (0..width * height).flat_map(|i| value(i % width, i / width)).collect();
    Rgb8 { width, height, samples }
}

#[test]
fn two_colours_span_one_axis() {
    // 100 ± 30 in red and 100 ± 40 in green: variance 2500 along (0.6, 0.8, 0).
    let axes = axes(&[130, 140, 50, 70, 60, 50]);
    assert_eq!(axes.mean, [100.0, 100.0, 50.0]);
    let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
    assert!(near(axes.variances[0], 2500.0) && near(axes.variances[1], 0.0), "{axes:?}");
    let [x, y, z] = axes.directions[0];
    assert!(near(x, 0.6) && near(y, 0.8) && near(z, 0.0));
    assert!((axes.project([130, 140, 50])[0] - 50.0).abs() < 1e-4);
    // A colour off the axis: 10 along blue.
    let off = axes.project([100, 100, 60]);
    assert!(off[0].abs() < 1e-4 && (off[1].hypot(off[2]) - 10.0).abs() < 1e-4, "{off:?}");
}

#[test]
fn sums_of_many_pixels_are_exact() {
    // More than one chunk of the brightest pixels, half of them one level darker in blue.
    let rgb = plane(400, 300, |x, _| [255, 255, 254 + (x % 2) as u8]);
    let axes = axes(&rgb.samples);
    assert_eq!(axes.mean, [255.0, 255.0, 254.5]);
    assert!((axes.variances[0] - 0.25).abs() < 1e-12 && axes.variances[1].abs() < 1e-12);
    assert_eq!(axes.directions[0], [0.0, 0.0, 1.0]);
}

#[test]
fn a_cast_that_the_first_axis_hides_shows_in_the_others() {
    // A gray ramp, with 6 levels more red and less blue in a part.
    let rgb = plane(200, 100, |x, y| {
        let v = (30 + x) as u8;
        if (80..120).contains(&x) && y < 50 { [v + 6, v, v - 6] } else { [v, v, v] }
    });
    let Examination::Findings(findings) = examine_rgb(&rgb) else { panic!("it applies") };
    let ids: Vec<_> = findings[0].exhibits.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids, ["projection-1", "projection-2", "projection-3", "distances", "axes"]);
    let at = |exhibit: usize, x: usize, y: usize| {
        let ExhibitData::Picture(picture) = &findings[0].exhibits[exhibit].data else { panic!("a picture") };
        i32::from(picture.rgb[3 * (y * 200 + x)])
    };
    assert!((at(0, 100, 20) - at(0, 100, 80)).abs() < 4);
    assert!((at(1, 100, 20) - at(1, 100, 80)).abs() > 80);
    assert!(at(3, 100, 20) > 150 && at(3, 100, 80) < 40);
    let ExhibitData::Table(table) = &findings[0].exhibits[4].data else { panic!("a table") };
    assert!(table.rows.len() == 4 && table.rows.iter().all(|row| row.len() == 5));
}

#[test]
fn any_size_is_shown_or_refused() {
    for (width, height) in [(0, 0), (1, 1), (1, 90), (60, 40)] {
        assert!(matches!(
            examine_rgb(&plane(width, height, |_, _| [255; 3])),
            Examination::NotApplicable { .. }
        ));
    }
    let Examination::Findings(findings) = examine_rgb(&plane(3, 5000, |x, _| [x as u8; 3])) else { panic!() };
    for exhibit in &findings[0].exhibits[..4] {
        let ExhibitData::Picture(picture) = &exhibit.data else { panic!("a picture") };
        assert_eq!((picture.width, picture.height), (1, 1250));
    }
}
