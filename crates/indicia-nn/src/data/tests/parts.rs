//! Sequence, loader, cutting and changing, each by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicia_core::Error;

use super::super::*;

#[test]
fn work_comes_in_order_on_any_number_of_threads_and_no_further_ahead_than_told() {
    for threads in [1, 2, 7] {
        let started = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&started);
        let mut loader = Loader::start(200, threads, 5, move |i| {
            seen.fetch_max(i, Ordering::SeqCst);
            std::thread::sleep(Duration::from_micros(if i % 7 == 0 { 900 } else { 0 }));
            if i == 150 { Err(Error::input("broken")) } else { Ok(i * i) }
        });
        for i in 0..200 {
            let item = loader.next().unwrap();
            assert!(started.load(Ordering::SeqCst) <= i + 6);
            match item {
                Ok(value) => assert_eq!(value, i * i),
                Err(error) => assert_eq!((i, error.to_string().as_str()), (150, "broken")),
            }
        }
        assert!(loader.next().is_none());
    }
}

#[test]
fn a_panic_while_loading_is_an_error_and_leaving_early_ends_the_threads() {
    let mut loader = Loader::start(3, 2, 2, |i| if i == 1 { panic!("odd") } else { Ok(i) });
    assert_eq!(loader.next().unwrap().unwrap(), 0);
    assert!(loader.next().unwrap().unwrap_err().to_string().contains("odd"));
    assert_eq!(loader.next().unwrap().unwrap(), 2);
    drop(Loader::start(u64::MAX, 3, 4, Ok));
}

#[test]
fn batches_hold_classes_and_domains_in_equal_numbers() {
    // 90 authentic of one domain, 8 of domain 1 and 2 of domain 2 that are to be found.
    let items: Vec<(u32, u32)> =
        (0..100).map(|i| if i < 90 { (0, 0) } else { (1, if i < 98 { 1 } else { 2 }) }).collect();
    let counts = |balance| {
        let sampler = Sampler::new(&items, balance, 3).unwrap();
        let mut counts = [0; 3];
        for place in 0..1200 {
            counts[items[sampler.slot(place).index].1 as usize] += 1;
        }
        counts
    };
    assert_eq!(counts(Balance::None), [1080, 96, 24]);
    assert_eq!(counts(Balance::Class), [600, 480, 120]);
    assert_eq!(counts(Balance::ClassAndDomain), [600, 300, 300]);
    assert_eq!(counts(Balance::Domain), [400, 400, 400]);
    // Every even stretch holds both classes equally often.
    let sampler = Sampler::new(&items, Balance::ClassAndDomain, 3).unwrap();
    for first in (0..400).step_by(8) {
        let found = (first..first + 8).filter(|p| items[sampler.slot(*p).index].0 == 1).count();
        assert_eq!(found, 4);
    }
}

#[test]
fn a_pass_draws_every_item_once_in_an_order_of_its_own() {
    let items = vec![(0, 0); 50];
    let sampler = Sampler::new(&items, Balance::None, 9).unwrap();
    let pass = |n: u64| (0..50).map(|i| sampler.slot(n * 50 + i)).collect::<Vec<_>>();
    let [first, second] = [pass(0), pass(1)];
    for (n, pass) in [&first, &second].into_iter().enumerate() {
        let mut indices: Vec<_> = pass.iter().map(|s| s.index).collect();
        indices.sort_unstable();
        assert_eq!(indices, (0..50).collect::<Vec<_>>());
        assert!(pass.iter().all(|s| s.pass == n as u64));
    }
    let order = |pass: &[Slot]| pass.iter().map(|s| s.index).collect::<Vec<_>>();
    assert_ne!(order(&first), order(&second));
    // The place alone decides, in whatever order places are asked for.
    let again = Sampler::new(&items, Balance::None, 9).unwrap();
    let backwards: Vec<_> = (0..50).rev().map(|i| again.slot(50 + i)).collect();
    assert!(backwards.iter().rev().eq(&second));
    let other = Sampler::new(&items, Balance::None, 10).unwrap();
    assert_ne!(order(&first), (0..50).map(|i| other.slot(i).index).collect::<Vec<_>>());
    assert_eq!(Sampler::new(&[(1, 0)], Balance::Class, 1).unwrap().slot(7), Slot { index: 0, pass: 7 });
    assert!(Sampler::new(&[], Balance::Class, 1).is_err());
}

fn whole(size: usize) -> Cut {
    Cut { left: 0.0, top: 0.0, side: size as f64, size, turn: Turn::default() }
}

#[test]
fn a_part_at_its_own_scale_is_copied_and_turned() {
    let gray = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    assert_eq!(cut(&gray, 3, 3, 1, whole(3)).unwrap(), gray);
    let corner = Cut { left: 1.0, top: 1.0, side: 2.0, size: 2, turn: Turn::default() };
    assert_eq!(cut(&gray, 3, 3, 1, corner).unwrap(), [5, 6, 8, 9]);
    let turned =
        |flip, quarters| cut(&gray, 3, 3, 1, Cut { turn: Turn { flip, quarters }, ..whole(3) }).unwrap();
    assert_eq!(turned(true, 0), [3, 2, 1, 6, 5, 4, 9, 8, 7]);
    assert_eq!(turned(false, 1), [7, 4, 1, 8, 5, 2, 9, 6, 3]);
    assert_eq!(turned(false, 2), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(turned(false, 3), [3, 6, 9, 2, 5, 8, 1, 4, 7]);
    assert_eq!(turned(true, 1), [9, 6, 3, 8, 5, 2, 7, 4, 1]);
}

#[test]
fn scaling_averages_and_every_odd_size_becomes_a_square() {
    // A triangle two pixels wide to each side of the middle of 10, 20, 30, 50, cut at the edge.
    let row = [10, 20, 30, 50];
    let square: Vec<u8> = (0..4).flat_map(|_| row).collect();
    let half = cut(&square, 4, 4, 1, Cut { size: 2, ..whole(4) }).unwrap();
    // Weights 3/4, 3/4, 1/4 of their sum 7/4: (30 + 60 + 30) / 7 and (20 + 90 + 150) / 7.
    assert_eq!(half, [17, 37, 17, 37]);
    for (width, height) in [(1, 1), (1, 9), (7, 1), (5, 3), (33, 31)] {
        let samples = vec![77; width * height * 3];
        let side = width.min(height) as f64;
        for size in [1, 2, 7, 32] {
            let out = cut(&samples, width, height, 3, Cut { side, size, ..whole(size) }).unwrap();
            assert!(
                out.len() == size * size * 3 && out.iter().all(|v| *v == 77),
                "{width}x{height} to {size}"
            );
        }
    }
    assert!(cut(&[], 0, 3, 1, whole(2)).is_err());
    assert!(cut(&[1, 2], 2, 2, 1, whole(2)).is_err());
    assert!(cut(&[1], 1, 1, 1, Cut { side: f64::NAN, ..whole(1) }).is_err());
}

#[test]
fn changes_follow_from_their_key_and_one_switch_leaves_the_others() {
    let rgb: Vec<u8> = (0..16 * 16 * 3).map(|i| (i * 7 % 200) as u8).collect();
    let noisy = Augment { noise: 1.0, ..Augment::default() };
    let both = Augment { brightness: 0.2, ..noisy.clone() };
    let run = |augment: &Augment, key: &str| change(rgb.clone(), 16, augment, key.as_bytes());
    assert_eq!(run(&Augment::default(), "a"), rgb);
    assert_eq!(run(&noisy, "a"), run(&noisy, "a"));
    assert_ne!(run(&noisy, "a"), run(&noisy, "b"));
    // The noise is the same with and without the change of brightness, where nothing is cut off.
    let bright = run(&Augment { brightness: 0.2, ..Augment::default() }, "a");
    let [noise, with] = [(run(&noisy, "a"), &rgb), (run(&both, "a"), &bright)];
    for i in 0..rgb.len() {
        let [a, b] = [&noise, &with].map(|(after, before)| i16::from(after[i]) - i16::from(before[i]));
        let inside = [&noise.0, noise.1, &with.0, with.1].iter().all(|v| v[i] > 0 && v[i] < 255);
        assert!(!inside || a == b);
    }
    for augment in [
        Augment { blur: 1.0, ..Augment::default() },
        Augment { jpeg: 1.0, ..Augment::default() },
        Augment { contrast: 0.5, ..Augment::default() },
    ] {
        assert_ne!(run(&augment, "a"), rgb);
    }
}

#[test]
fn hostile_settings_name_their_key() {
    let text = |config: ImageConfig| config.check().unwrap_err().to_string();
    let default = ImageConfig::default;
    assert!(text(ImageConfig { size: 0, ..default() }).contains("data.size is 0"));
    assert!(text(ImageConfig { validation: f64::NAN, ..default() }).contains("data.validation is NaN"));
    let law = Equalise { enabled: true, quality: Range(95.0, 60.0) };
    assert!(text(ImageConfig { equalise: law, ..default() }).contains("data.equalise.quality is [95, 60]"));
    let augment = Augment { jpeg: 1.5, ..Augment::default() };
    assert!(text(ImageConfig { augment, ..default() }).contains("data.augment.jpeg is 1.5"));
    let augment = Augment { scale: Range(0.0, 1.0), ..Augment::default() };
    assert!(text(ImageConfig { augment, ..default() }).contains("data.augment.scale"));
}
