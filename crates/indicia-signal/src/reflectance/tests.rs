use indicia_core::ExhibitData;

use super::*;

fn plane(width: usize, height: usize, value: impl Fn(usize, usize) -> [u8; 3]) -> Rgb8 {
    let samples = (0..width * height).flat_map(|i| value(i % width, i / width)).collect();
    Rgb8 { width, height, samples }
}

fn pictures(rgb: &Rgb8) -> Vec<Picture> {
    let Examination::Findings(findings) = examine_rgb(rgb) else { panic!("it applies") };
    assert!(findings.len() == 1 && findings[0].score.is_none());
    let ids: Vec<_> = findings[0].exhibits.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids, ["texture", "light", "specular", "diffuse"]);
    findings[0]
        .exhibits
        .iter()
        .map(|e| match &e.data {
            ExhibitData::Picture(picture) => (**picture).clone(),
            _ => panic!("pictures only"),
        })
        .collect()
}

#[test]
fn a_highlight_shows_and_the_surface_under_it_stays_even() {
    // A blue surface, shaded down the rows, with a white spot.
    let spot = |x: usize, y: usize| (50..60).contains(&x) && (30..38).contains(&y);
    let rgb = plane(120, 80, |x, y| {
        let shade = 20 + y as u8 / 4;
        let light = if spot(x, y) { 70 } else { 0 };
        [shade + light, 2 * shade + light, 4 * shade + light]
    });
    let [_, _, highlights, diffuse] = &pictures(&rgb)[..] else { panic!("four pictures") };
    let at = |picture: &Picture, x: usize, y: usize| i32::from(picture.rgb[3 * (y * 120 + x)]);
    assert!(at(highlights, 55, 34) > 120 && at(highlights, 20, 34) < 12);
    assert!((at(diffuse, 55, 34) - at(diffuse, 20, 34)).abs() < 10);
}

#[test]
fn any_size_is_shown_or_refused() {
    for (width, height) in [(0, 0), (1, 1), (1, 90), (3, 5000)] {
        assert!(matches!(
            examine_rgb(&plane(width, height, |_, _| [9; 3])),
            Examination::NotApplicable { .. }
        ));
    }
    for value in [0, 255] {
        for (width, height, size) in [(8, 8, (8, 8)), (3300, 9, (1100, 3))] {
            let pictures = pictures(&plane(width, height, |_, _| [value; 3]));
            assert!(pictures.iter().all(|p| (p.width, p.height) == size));
            assert!(pictures[0].rgb.iter().all(|&v| v == 128) && pictures[2].rgb.iter().all(|&v| v == 0));
            assert!(pictures[1].rgb.iter().chain(&pictures[3].rgb).all(|&v| v == value));
        }
    }
}
