use std::sync::Arc;

use indicia_core::{BuildContext, CameraFile, ErrorKind, Examination, ExhibitData, Kind, Limits};
use indicia_ops::Plane;
use indicia_ops::fft::Spectrum;

use super::*;
use crate::testing::{Random, area_under_curve, examines_awkward_jpegs, texture};

const WIDTH: usize = 384;
const HEIGHT: usize = 320;

/// A number of a bell-shaped distribution with the mean 0 and the variance 1.
fn bell(random: &mut Random) -> f64 {
    ((0..12).map(|_| random.unit()).sum::<f64>() - 6.0).clamp(-3.0, 3.0)
}

/// A sensor: by how much each pixel answers to light more than the mean.
fn sensor(seed: u64) -> Vec<f64> {
    let mut random = Random(seed);
    (0..WIDTH * HEIGHT).map(|_| 0.02 * bell(&mut random)).collect()
}

/// A picture of `scene` taken with a sensor, with noise of one gray level.
fn shoot(sensor: &[f64], scene: u64) -> Rgb8 {
    let mut random = Random(scene ^ 0x5eed);
    let mut samples = texture(WIDTH, HEIGHT, scene);
    for (pixel, k) in samples.chunks_exact_mut(3).zip(sensor) {
        for sample in pixel {
            let value = f64::from(*sample) * (1.0 + k) + bell(&mut random);
            *sample = value.round().clamp(0.0, 255.0) as u8;
        }
    }
    Rgb8 { width: WIDTH, height: HEIGHT, samples }
}

fn enrolled(sensor: &[f64], count: usize) -> Camera {
    let mut told = 0;
    let read = |i: usize| {
        let source = Source { name: format!("{i}.png"), digest: format!("sha256:{i}") };
        Ok((source, Arc::new(shoot(sensor, 100 + i as u64))))
    };
    let camera = enrol(count, read, || told += 1).unwrap();
    assert_eq!(told, steps(count));
    camera
}

fn cut(rgb: &Rgb8, left: usize, top: usize, width: usize, height: usize) -> Rgb8 {
    let rows = rgb.samples.chunks_exact(rgb.width * 3).skip(top).take(height);
    let samples = rows.flat_map(|row| &row[left * 3..(left + width) * 3]).copied().collect();
    Rgb8 { width, height, samples }
}

#[test]
fn a_camera_is_told_from_another_cropped_or_not_and_a_splice_is_seen() {
    let (own, other) = (sensor(1), sensor(2));
    let camera = enrolled(&own, 8);
    let about = camera.about.as_ref().unwrap();
    assert_eq!((about.pictures.len(), about.left_out.len()), (8, 8));
    assert!(about.left_out.iter().all(|l| l.pce > 200.0), "{:?}", about.left_out);
    assert!(about.predictor.is_some());
    // The estimate follows the true pattern.
    let (mut product, mut a, mut b) = (0.0, 0.0, 0.0);
    for (k, estimate) in own.iter().zip(&camera.fingerprint.samples) {
        product += k * f64::from(*estimate);
        a += k * k;
        b += f64::from(*estimate).powi(2);
    }
    assert!(product / f64::sqrt(a * b) > 0.5, "{}", product / f64::sqrt(a * b));

    let same = camera.compare(&shoot(&own, 7)).unwrap();
    assert_eq!((same.outcome, same.peak.place, same.peak.searched), (Outcome::Match, (0, 0), 1));
    assert!(same.peak.pce > 200.0 && same.peak.log10_p() < -20.0, "{:?}", same.peak);
    let foreign = camera.compare(&shoot(&other, 7)).unwrap();
    assert_eq!(foreign.outcome, Outcome::NoMatch);
    assert!(foreign.peak.pce < 20.0, "{:?}", foreign.peak);
    assert!(foreign.strongest() > same.strongest(), "{} {}", foreign.strongest(), same.strongest());

    let crop = camera.compare(&cut(&shoot(&own, 8), 61, 30, 256, 224)).unwrap();
    assert_eq!((crop.outcome, crop.peak.place), (Outcome::Match, (61, 30)));
    assert_eq!(crop.peak.searched, (384 - 256 + 1) * (320 - 224 + 1));

    // The same scene from another camera, pasted into a rectangle: 112 pixels, a window's side.
    let mut splice = shoot(&own, 9);
    let donor = shoot(&other, 9);
    let inside = |x: usize, y: usize| (208..352).contains(&x) && (144..288).contains(&y);
    for i in (0..WIDTH * HEIGHT).filter(|i| inside(i % WIDTH, i / WIDTH)) {
        splice.samples[3 * i..3 * i + 3].copy_from_slice(&donor.samples[3 * i..3 * i + 3]);
    }
    let found = camera.compare(&splice).unwrap();
    let twin = camera.compare(&shoot(&own, 9)).unwrap();
    assert_eq!(found.outcome, Outcome::Match);
    let map = found.map(WIDTH, HEIGHT).to_pixels();
    let auc = area_under_curve(&found.missing, |x, y| inside(x * 16 + 8, y * 16 + 8));
    assert!(auc > 0.9, "{auc}");
    assert_eq!(map.dim(), (HEIGHT, WIDTH));
    assert!(found.strongest() > twin.strongest() + 0.5, "{} {}", found.strongest(), twin.strongest());
}

#[test]
fn a_fingerprint_survives_its_file_and_the_method_reads_it() {
    let own = sensor(3);
    let camera = enrolled(&own, 3);
    let bytes = camera.to_bytes().unwrap();
    assert_eq!(bytes, camera.to_bytes().unwrap());
    let again = Camera::from_bytes(&bytes).unwrap();
    assert_eq!((&again.fingerprint, &again.about), (&camera.fingerprint, &camera.about));
    let file = Arc::new(CameraFile::new(bytes.clone()));
    let digest = file.digest().to_string();
    let context = BuildContext { camera: Some(file), ..BuildContext::default() };
    let method = (INFO.build)(&context).unwrap();
    let picture = shoot(&own, 4);
    let png = indicia_codec::open(png(&picture), Limits::default()).unwrap();
    assert_eq!(png.kind(), Kind::Png);
    let Examination::Findings(findings) = method.examine(&png).unwrap() else { panic!("applies") };
    let [finding] = &findings[..] else { panic!("one finding") };
    assert!(finding.score.as_ref().unwrap().statistic.is_finite());
    assert!(finding.statement.contains("carries the fingerprint"), "{}", finding.statement);
    let ExhibitData::Table(table) = &finding.exhibits[1].data else { panic!("a table") };
    assert!(table.rows.contains(&vec!["fingerprint".to_owned(), digest]), "{table:?}");

    let broken = |bytes: Vec<u8>| {
        let context =
            BuildContext { camera: Some(Arc::new(CameraFile::new(bytes))), ..BuildContext::default() };
        (INFO.build)(&context).err().map(|e| (e.kind(), e.to_string())).unwrap()
    };
    for bad in [vec![], b"PK\x03\x04".to_vec(), bytes[..bytes.len() / 2].to_vec()] {
        let (kind, text) = broken(bad);
        assert_eq!(kind, ErrorKind::Configuration);
        assert!(text.contains("no fingerprint of a camera"), "{text}");
    }
    let mut about = camera.about.clone().unwrap();
    about.width += 1;
    let (_, text) = broken(file::write(&camera.fingerprint, &about).unwrap());
    assert!(text.contains("384x320") && text.contains("385x320"), "{text}");
    about.schema = "indicia.fingerprint/2".into();
    assert!(broken(file::write(&camera.fingerprint, &about).unwrap()).1.contains("schema"));
}

/// A PNG of stored (uncompressed) rows.
fn png(rgb: &Rgb8) -> Vec<u8> {
    use std::io::Write;
    let mut raw = vec![];
    for row in rgb.samples.chunks_exact(rgb.width * 3) {
        raw.push(0);
        raw.extend_from_slice(row);
    }
    let mut zlib = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::fast());
    zlib.write_all(&raw).unwrap();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |name: &[u8; 4], data: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(name);
        crc.update(data);
        out.extend_from_slice(&(data.len() as u32).to_be_bytes());
        out.extend_from_slice(name);
        out.extend_from_slice(data);
        out.extend_from_slice(&crc.sum().to_be_bytes());
    };
    let mut header = vec![];
    header.extend_from_slice(&(rgb.width as u32).to_be_bytes());
    header.extend_from_slice(&(rgb.height as u32).to_be_bytes());
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    chunk(b"IHDR", &header);
    chunk(b"IDAT", &zlib.finish().unwrap());
    chunk(b"IEND", &[]);
    out
}

#[test]
fn without_a_camera_it_does_not_apply() {
    let method = (INFO.build)(&BuildContext::default()).unwrap();
    let png = png(&Rgb8 { width: 1, height: 1, samples: vec![0; 3] });
    let evidence = indicia_codec::open(png, Limits::default()).unwrap();
    match method.examine(&evidence).unwrap() {
        Examination::NotApplicable { why } => assert!(why.contains("indicia camera enrol"), "{why}"),
        Examination::Findings(_) => panic!("nothing to compare with"),
    }
    examines_awkward_jpegs(&INFO);
}

#[test]
fn pictures_that_cannot_be_compared_say_why() {
    let camera = enrolled(&sensor(4), 2);
    let why = |width: usize, height: usize, value: u8| {
        let rgb = Rgb8 { width, height, samples: vec![value; width * height * 3] };
        camera.compare(&rgb).err().unwrap()
    };
    assert!(why(1, 1, 7).contains("needs 128 pixels"));
    assert!(why(127, 300, 7).contains("127x300"));
    assert!(why(385, 200, 7).contains("larger than the camera's pictures (384x320)"));
    assert!(why(200, 384, 7).ends_with("or turned"));
    assert!(why(1000, 1000, 7).ends_with("(384x320)"));
    for value in [0, 7, 255] {
        assert!(why(384, 320, value).contains("flat or saturated"), "{value}");
    }
    // Checks of 0 and 255 are no photograph, but no fault either.
    let samples = (0..384 * 320 * 3).map(|i| if i / 3 % 2 == 0 { 0 } else { 255 }).collect();
    if let Ok(found) = camera.compare(&Rgb8 { width: 384, height: 320, samples }) {
        assert!(found.peak.pce.is_finite() && found.missing.iter().all(|v| v.is_finite()));
    }
}

#[test]
fn enrolment_refuses_what_is_not_of_one_camera() {
    let plain = |width, height| Rgb8 { width, height, samples: vec![9; width * height * 3] };
    let attempt = |pictures: Vec<(Rgb8, &str)>| {
        let pictures: Vec<_> = pictures.into_iter().map(|(rgb, digest)| (Arc::new(rgb), digest)).collect();
        let read = |i: usize| {
            let (rgb, digest) = &pictures[i];
            Ok((Source { name: format!("{i}.jpg"), digest: (*digest).to_owned() }, Arc::clone(rgb)))
        };
        enrol(pictures.len(), read, || ()).err().map(|e| e.to_string()).unwrap_or_default()
    };
    let turned = attempt(vec![(plain(200, 130), "a"), (plain(130, 200), "b")]);
    assert!(turned.contains("0.jpg has 200x130, 1.jpg has 130x200 (turned by 90 degrees?)"), "{turned}");
    let other = attempt(vec![(plain(200, 130), "a"), (plain(200, 131), "b")]);
    assert!(other.contains("1.jpg has 200x131") && !other.contains("turned"), "{other}");
    assert!(
        attempt(vec![(plain(200, 130), "a"), (plain(200, 130), "a")])
            .contains("0.jpg and 1.jpg are one file")
    );
    assert!(attempt(vec![(plain(9, 9), "a")]).contains("128 pixels"));
    assert!(attempt(vec![]).contains("no picture"));
}

/// `camera_fingerprint.py` made the fixture from NumPy, SciPy and PyWavelets; its head says how.
#[test]
fn fingerprint_and_pce_agree_with_the_definition_in_numpy() {
    let picture = |number: usize| {
        let (width, height) = (192, 160);
        let hash = |x: usize, y: usize, c: usize, n: usize| {
            ((x * 7919 + y * 104_729 + c * 31_337 + n * 65_537 + x * y * 31) as u32)
                .wrapping_mul(2_654_435_761)
                >> 16
        };
        let samples = (0..width * height * 3)
            .map(|i| {
                let (x, y, c) = (i / 3 % width, i / 3 / width, i % 3);
                let scene = 60 + 10 * number + 9 * c + (x * (number + 1) + y * 2) / 5 % 90;
                let gain = hash(x, y, 0, 0) as usize % 13;
                let noise = hash(x, y, c, number + 1) as usize % 5;
                (scene + scene * gain / 100 + noise).min(255) as u8
            })
            .collect();
        Rgb8 { width, height, samples }
    };
    let mut sums = enrol::Sums::new(192, 160);
    (0..3).for_each(|number| sums.add(&residual::Traces::of(&picture(number))));
    let fingerprint = sums.fingerprint();
    let traces = residual::Traces::of(&picture(7));
    let residual = residual::clean(traces.raw());
    let (peak, _) = compare::locate(&traces, &fingerprint, &Spectrum::forward(&fingerprint)).unwrap();
    let mut compared = 0;
    for line in include_str!("../../tests/camera_fingerprint.csv").lines().skip(1) {
        let (what, values) = line.split_once(',').unwrap();
        let close = |found: f32, expected: f32, tolerance: f32| {
            assert!((found - expected).abs() < tolerance, "{what}: {found}, expected {expected}");
        };
        let plane: &Plane = match what {
            "fingerprint" => &fingerprint,
            "residual" => &residual,
            _ => {
                let expected: f64 = values.parse().unwrap();
                let found = if what == "pce" { peak.pce } else { peak.correlation };
                assert!((found / expected - 1.0).abs() < 2e-3, "{what}: {found}, expected {expected}");
                compared += 1;
                continue;
            }
        };
        for field in values.split(',') {
            let (at, expected) = field.split_once(':').unwrap();
            close(plane.samples[at.parse::<usize>().unwrap()], expected.parse().unwrap(), 3e-3);
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
}
