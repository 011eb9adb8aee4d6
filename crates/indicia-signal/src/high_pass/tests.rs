use super::*;

fn views(width: usize, height: usize, value: impl Fn(usize, usize) -> u8) -> (Luma8, Rgb8) {
    let samples: Vec<u8> = (0..width * height).map(|i| value(i % width, i / width)).collect();
    let rgb = samples.iter().flat_map(|&v| [v; 3]).collect();
    (Luma8 { width, height, samples }, Rgb8 { width, height, samples: rgb })
}

fn finding(width: usize, height: usize, value: impl Fn(usize, usize) -> u8) -> Finding {
    let (luma, rgb) = views(width, height, value);
    HighPass::build(&BuildContext::default()).unwrap().examine_views(&luma, &rgb)
}

#[test]
fn cells_average_what_they_hold() {
    let plane = [1.0, 3.0, 10.0, 5.0, 7.0, 20.0];
    assert_eq!(reduce(&plane, 3, 2), [4.0, 15.0]);
    assert_eq!(reduce(&plane, 3, 1), plane);
    assert_eq!(reduce(&plane, 1, 4), [4.75, 13.5]);
}

#[test]
fn the_border_is_no_residual() {
    let mut plane = vec![1.0; 30];
    clear_border(&mut plane, 6, 2);
    let set: Vec<_> = (0..30).filter(|&i| plane[i] != 0.0).collect();
    assert_eq!(set, [14, 15], "of 6 by 5, what is 2 from each side");
    let mut plane = vec![1.0; 3];
    clear_border(&mut plane, 1, 2);
    assert_eq!(plane, [0.0; 3]);
}

#[test]
fn a_noisy_part_shows_in_every_view() {
    // Flat, with noise on the right half.
    let noise = |x: usize, y: usize| {
        if x < 64 { 100 } else { 95 + ((x * 7919 + y * 104_729 + x * y * 31) % 11) as u8 }
    };
    let finding = finding(128, 96, noise);
    let ids: Vec<_> = finding.exhibits.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids, ["map", "square-5", "square-3", "second-order", "error-level", "frequencies"]);
    let ExhibitData::Map(map) = &finding.exhibits[0].data else { panic!("the map is a map") };
    assert_eq!(map.values.dim(), (12, 16));
    assert!(map.at(20, 48) < 0.001 && map.at(100, 48) > 1.0);
    for exhibit in &finding.exhibits[1..4] {
        let ExhibitData::Picture(picture) = &exhibit.data else { panic!("views are pictures") };
        let sum = |from: usize| -> u64 {
            (0..96 * 32).map(|i| u64::from(picture.rgb[3 * (i / 32 * 128 + from + i % 32)])).sum()
        };
        assert!(sum(20) == 0 && sum(80) > 32 * 96, "{}", exhibit.id);
    }
    assert!(finding.score.unwrap().statistic > 0.5);
}

#[test]
fn large_pictures_are_shown_reduced_and_small_ones_whole() {
    for (width, height, shown) in
        [(1, 1, (1, 1)), (1, 40, (1, 40)), (3, 3300, (1, 1100)), (1601, 20, (801, 10))]
    {
        let finding = finding(width, height, |x, y| (x * 31 + y * 17) as u8);
        for exhibit in &finding.exhibits {
            match &exhibit.data {
                ExhibitData::Picture(picture) => {
                    assert_eq!((picture.width, picture.height), shown, "{}", exhibit.id);
                    assert_eq!(picture.rgb.len(), 3 * shown.0 * shown.1);
                }
                ExhibitData::Map(map) => assert!(map.values.iter().all(|v| v.is_finite())),
                _ => panic!("no table"),
            }
        }
        assert!(finding.score.unwrap().statistic.is_finite());
    }
}
