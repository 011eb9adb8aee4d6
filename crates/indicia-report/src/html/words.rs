//! Numbers, names and text of strangers as a page shows them.

use std::fmt::Write as _;

use indicia_core::{Claim, Conclusion, PixelBox, Region, Strength};

/// Text that came with the input, with everything made visible that could hide or reorder it: control
/// characters, bidirectional overrides, zero-width and tag characters become their code points. Markup is
/// escaped later, by the template.
pub fn visible(text: &str) -> String {
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len()), |mut out, letter| {
        if is_plain(letter) {
            out.push(letter);
        } else {
            let _ = write!(out, "⟨U+{:04X}⟩", u32::from(letter));
        }
        out
    })
}

/// False for characters that could hide or reorder others.
pub fn is_plain(letter: char) -> bool {
    match letter {
        '\n' | '\t' => true,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => false,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => false,
        _ => !letter.is_control(),
    }
}

/// The first `limit` characters of a text, and how many were left out.
pub fn cut(text: &str, limit: usize) -> (&str, usize) {
    match text.char_indices().nth(limit) {
        Some((at, _)) => (&text[..at], text[at..].chars().count()),
        None => (text, 0),
    }
}

/// A relative path as an address: every byte that has a meaning of its own is percent-encoded and the path
/// begins with a dot, so that no file name can be taken for a scheme, a query or another host.
pub fn href(path: &str) -> String {
    let mut out =
        if path.starts_with("./") || path.starts_with("../") { String::new() } else { "./".to_owned() };
    for byte in path.bytes() {
        // Windows writes its separators the other way round.
        let byte = if cfg!(windows) && byte == b'\\' { b'/' } else { byte };
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A number to four significant digits.
pub fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    let digits = value.abs().log10().floor() as i32;
    if !(-4..9).contains(&digits) {
        let exponent = format!("{value:.3e}");
        let (mantissa, exponent) = exponent.split_once('e').unwrap_or((&exponent, "0"));
        return format!("{}·10{}", trim(mantissa), superscript(exponent));
    }
    let decimals = usize::try_from(3 - digits).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { trim(&text) } else { &text };
    if digits >= 3 && value.fract() == 0.0 { grouped(text) } else { text.to_owned() }
}

fn trim(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// A count with thin groups of three digits: `12,345`.
pub fn count(value: u64) -> String {
    grouped(&value.to_string())
}

fn grouped(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let mut out = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Digits and sign raised.
fn superscript(text: &str) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    text.chars()
        .filter_map(|c| match c {
            '-' => Some('⁻'),
            _ => c.to_digit(10).map(|digit| DIGITS[digit as usize]),
        })
        .collect()
}

/// A power of ten to one decimal at most.
fn power(exponent: f64) -> String {
    if exponent.abs() < 100.0 && exponent.fract() != 0.0 {
        let whole = exponent.floor();
        let mantissa = 10_f64.powf(exponent - whole);
        let mantissa = format!("{mantissa:.1}");
        let mantissa = trim(&mantissa);
        let (mantissa, whole) = if mantissa == "10" { ("1", whole + 1.0) } else { (mantissa, whole) };
        let power = format!("10{}", superscript(&format!("{whole:.0}")));
        return if mantissa == "1" { power } else { format!("{mantissa}·{power}") };
    }
    format!("10{}", superscript(&format!("{exponent:.0}")))
}

/// A number of false alarms an image, given as its decimal logarithm, in words: `about 1 in 1,600 images`.
pub fn false_alarms(log10: f64) -> String {
    if log10 < 0.0 {
        format!("about {} images", one_in(-log10))
    } else {
        format!("about {} an image", many(log10))
    }
}

/// An upper bound on an expected number of false alarms.
pub fn expected_false_alarms(value: f64) -> String {
    if value.is_nan() || value <= 0.0 {
        "none that is counted".to_owned()
    } else if value < 1.0 {
        format!("at most {} authentic images", one_in(-value.log10()))
    } else {
        format!("at most {} an authentic image", many(value.log10()))
    }
}

/// A rarity, given as the decimal logarithm of how many it takes to see one: `1 in 1,600`.
fn one_in(log10: f64) -> String {
    let many = if log10 < 6.0 { count(two_digits(10_f64.powf(log10))) } else { power(log10) };
    format!("1 in {many}")
}

/// A number of at least 1, given as its decimal logarithm.
fn many(log10: f64) -> String {
    if log10 < 1.0 {
        trim(&format!("{:.1}", 10_f64.powf(log10))).to_owned()
    } else if log10 < 6.0 {
        count(two_digits(10_f64.powf(log10)))
    } else {
        power(log10)
    }
}

/// The nearest number of two significant digits.
fn two_digits(value: f64) -> u64 {
    let scale = 10_f64.powf((value.log10().floor() - 1.0).max(0.0));
    ((value / scale).round() * scale) as u64
}

/// A likelihood ratio, given as its decimal logarithm.
pub fn likelihood_ratio(log10: f64) -> String {
    if log10.abs() < 5.0 { number(10_f64.powf(log10)) } else { power(log10) }
}

/// A number of bytes: `2.4 MB (2,412,345 bytes)`.
pub fn bytes(size: u64) -> String {
    let exact = format!("{} bytes", count(size));
    let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    match units.iter().find(|(unit, _)| size as f64 >= *unit) {
        Some((unit, name)) => format!("{:.1} {name} ({exact})", size as f64 / unit),
        None => exact,
    }
}

/// Seconds.
pub fn seconds(value: f64) -> String {
    if value < 0.001 {
        format!("{:.0} µs", value * 1e6)
    } else if value < 1.0 {
        format!("{:.0} ms", value * 1e3)
    } else {
        format!("{value:.2} s")
    }
}

/// Where a finding lies.
pub fn region(region: &Region) -> Option<String> {
    match region {
        Region::Whole => None,
        Region::Mask(mask) => {
            let (area, pixels) = (mask.area() as u64, (mask.width() as u64) * (mask.height() as u64));
            Some(match mask.bounding_box() {
                Some(bounds) => {
                    let share = number((area as f64 / pixels as f64 * 1000.0).round() / 10.0);
                    format!(
                        "{} pixels ({share} % of the picture), within {}",
                        count(area),
                        box_words(&bounds)
                    )
                }
                None => "no pixel".to_owned(),
            })
        }
        Region::Box(bounds) => Some(box_words(bounds)),
        Region::Bytes { offset, length } => {
            Some(format!("{} bytes of the file from byte {} on", count(*length), count(*offset)))
        }
        _ => None,
    }
}

fn box_words(bounds: &PixelBox) -> String {
    let PixelBox { x, y, width, height } = bounds;
    format!("columns {x} to {}, rows {y} to {}", last(*x, *width), last(*y, *height))
}

fn last(first: u32, length: u32) -> u64 {
    u64::from(first) + u64::from(length).saturating_sub(1)
}

/// What a finding claims.
pub fn claim(claim: Claim) -> &'static str {
    match claim {
        Claim::Authentic => "speaks for authenticity",
        Claim::Manipulated => "speaks for manipulation",
        Claim::Synthetic => "speaks for synthesis",
        Claim::Observation => "observation",
        _ => "finding",
    }
}

/// Grade of support.
pub fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::Weak => "weak support (likelihood ratio 2 to 10)",
        Strength::Moderate => "moderate support (likelihood ratio 10 to 100)",
        Strength::ModeratelyStrong => "moderately strong support (likelihood ratio 100 to 1,000)",
        Strength::Strong => "strong support (likelihood ratio 1,000 to 10,000)",
        Strength::VeryStrong => "very strong support (likelihood ratio 10,000 to 1,000,000)",
        Strength::ExtremelyStrong => "extremely strong support (likelihood ratio above 1,000,000)",
    }
}

/// What a conclusion means and what it does not mean.
pub fn meaning(conclusion: Conclusion) -> [&'static str; 2] {
    match conclusion {
        Conclusion::SupportsAuthentic => [
            "There is positive evidence of authenticity: a signature that holds, by a signer whom the trust list in force names. What the signer stated about this file has not changed since it was signed.",
            "It does not say that the scene was not staged, that the signer told the truth, or that the picture shows what a caption says.",
        ],
        Conclusion::SupportsManipulation => [
            "At least one finding that may count speaks for the content having been altered after it was recorded. Findings count only if they rarely arise in unaltered pictures, or if the file contradicts its own statements.",
            "It is not a probability that the picture is false. It does not say who altered it, when, or to what end: retouching, a caption or a blurred face are alterations too.",
        ],
        Conclusion::SupportsSynthesis => [
            "At least one finding that may count speaks for the content having been generated rather than recorded.",
            "It is not a probability, and it does not say who generated the content or to what end.",
        ],
        _ => [
            "Nothing that was found is strong enough to speak for or against authenticity. This is the usual answer.",
            "It does not say that the picture is authentic. Many alterations leave no trace that these methods see, and resizing, saving again or sending through a messenger removes most traces.",
        ],
    }
}

#[cfg(test)]
mod tests {
    use indicia_core::Mask;
    use ndarray::array;

    use super::*;

    #[test]
    fn what_hides_or_reorders_text_is_shown() {
        assert_eq!(visible("exe.\u{202e}gpj"), "exe.⟨U+202E⟩gpj");
        assert_eq!(visible("a\u{0}b\u{200b}c\u{7f}"), "a⟨U+0000⟩b⟨U+200B⟩c⟨U+007F⟩");
        assert_eq!(visible("Zoë\n照片 👩‍🚀".replace('\u{200d}', "").as_str()), "Zoë\n照片 👩🚀");
    }

    #[test]
    fn names_cannot_become_schemes_hosts_or_queries() {
        assert_eq!(href("javascript:alert(1).html"), "./javascript%3Aalert%281%29.html");
        assert_eq!(href("//host/a b?c#d%.html"), ".///host/a%20b%3Fc%23d%25.html");
        assert_eq!(href("../index.html"), "../index.html");
        assert_eq!(href("é\""), "./%C3%A9%22");
    }

    #[test]
    fn numbers_have_four_digits() {
        let cases = [
            (0.0, "0"),
            (0.12345, "0.1235"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (1234.0, "1,234"),
            (123_456.7, "123457"),
            (1.5e-9, "1.5·10⁻⁹"),
            (-2.0e12, "-2·10¹²"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!([count(7), count(1000), count(1_234_567)], ["7", "1,000", "1,234,567"]);
    }

    #[test]
    fn false_alarms_read_as_one_in_so_many() {
        assert_eq!(false_alarms(-2.0), "about 1 in 100 images");
        assert_eq!(false_alarms(-3.2), "about 1 in 1,600 images");
        assert_eq!(false_alarms(-9.0), "about 1 in 10⁹ images");
        assert_eq!(false_alarms(-12.3), "about 1 in 2·10¹² images");
        assert_eq!(false_alarms(-1234.5), "about 1 in 10¹²³⁴ images");
        assert_eq!(false_alarms(0.0), "about 1 an image");
        assert_eq!(false_alarms(2.1), "about 130 an image");
        assert_eq!(expected_false_alarms(0.01), "at most 1 in 100 authentic images");
        assert_eq!(expected_false_alarms(1e-12), "at most 1 in 10¹² authentic images");
        assert_eq!(expected_false_alarms(2.0), "at most 2 an authentic image");
        assert_eq!(expected_false_alarms(0.0), "none that is counted");
    }

    #[test]
    fn sizes_times_and_regions() {
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(2_412_345), "2.4 MB (2,412,345 bytes)");
        assert_eq!([seconds(0.000_25), seconds(0.25), seconds(2.5)], ["250 µs", "250 ms", "2.50 s"]);
        let mask = Mask::new(array![[false, true, true, false], [false, true, false, false]]);
        let words = region(&Region::Mask(mask)).unwrap();
        assert_eq!(words, "3 pixels (37.5 % of the picture), within columns 1 to 2, rows 0 to 1");
        assert_eq!(region(&Region::Whole), None);
        let bytes = Region::Bytes { offset: 1000, length: 20 };
        assert_eq!(region(&bytes).unwrap(), "20 bytes of the file from byte 1,000 on");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(cut("äöü", 2), ("äö", 1));
        assert_eq!(cut("äö", 2), ("äö", 0));
    }
}
