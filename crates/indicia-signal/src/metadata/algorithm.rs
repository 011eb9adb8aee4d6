//! The checks, each a pure function from metadata to findings.

use indicia_codec::metadata::{DateField, DateRole, GenerationLayout, Metadata};
use indicia_core::{Claim, Finding};

use super::software::{self, Sort};
use super::{Checks, INFO, PictureShape};
use crate::exhibit::table;

/// Every check over the metadata of one picture.
pub fn examine(metadata: &Metadata, picture: &PictureShape, checks: &Checks) -> Vec<Finding> {
    let mut out = vec![];
    out.extend(origin(metadata));
    out.extend(generation(metadata));
    out.extend(source_types(metadata));
    out.extend(programs(metadata));
    out.extend(history(metadata));
    out.extend(date_order(metadata, checks));
    out.extend(date_disagreement(metadata, checks));
    out.extend(gps_date(metadata, checks));
    out.extend(date_range(metadata, checks));
    out.extend(stated_size(metadata, picture));
    out.extend(maker(metadata));
    out.extend(thumbnail_turn(metadata, picture));
    out.extend(profile(metadata, picture));
    out.extend(packets(metadata));
    out
}

fn observation(statement: String) -> Finding {
    Finding::observation(INFO.id, statement)
}

/// A value of the file within a sentence: one line of at most 80 characters.
fn quoted(value: &str) -> String {
    let line: String = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(80).collect();
    if short.len() < line.len() {
        short.push_str("...");
    }
    format!("\u{201c}{short}\u{201d}")
}

fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// What the metadata says of the picture's origin, or that it says nothing.
fn origin(m: &Metadata) -> Option<Finding> {
    let exif = m.exif.as_ref();
    let make = exif.and_then(|e| e.make.as_deref());
    let model = exif.and_then(|e| e.model.as_deref());
    let captured = m.date(DateRole::Captured);
    if let (None, None) = (make, model) {
        let silent = captured.is_none()
            && m.software.is_empty()
            && m.generation.is_empty()
            && m.xmp_packets == 0
            && !m.has_iptc
            && m.digital_source_types.is_empty()
            && exif.is_none_or(|e| e.exposure_fields.is_empty());
        return silent.then(|| {
            observation(
                "The file names no camera, no program and no date (no EXIF camera fields, XMP or IPTC): sending, \
                 publishing and exporting often remove such fields, so nothing follows from their absence."
                    .to_owned(),
            )
        });
    }
    // Many makers repeat their name in the model.
    let first = |text: &str| text.split_whitespace().next().unwrap_or("").to_lowercase();
    let name = match (make, model) {
        (Some(make), Some(model)) if first(make) == first(model) => model.to_owned(),
        (make, model) => [make, model].into_iter().flatten().collect::<Vec<_>>().join(" "),
    };
    let mut details = vec![];
    let settings = exif.map_or(0, |e| e.exposure_fields.len());
    if settings > 0 {
        details.push("exposure settings".to_owned());
    }
    if let Some(stamp) = captured.and_then(|d| d.value) {
        details.push(format!("the capture time {stamp}"));
    }
    let with = if details.is_empty() { String::new() } else { format!(", with {}", listed(&details)) };
    let mut finding = observation(format!(
        "The metadata names the camera {} (EXIF Make and Model){with}; such fields are not signed, so they alone \
         do not show that the picture is as the camera made it.",
        quoted(&name)
    ));
    let mut rows: Vec<Vec<String>> = vec![];
    let mut row = |name: &str, value: Option<&str>| {
        rows.extend(value.map(|v| vec![name.to_owned(), v.chars().take(120).collect()]));
    };
    row("EXIF Make", make);
    row("EXIF Model", model);
    row("EXIF LensModel", exif.and_then(|e| e.lens.as_deref()));
    for software in m.software.iter().take(8) {
        row(&software.field, Some(&software.name));
    }
    for name in ["ExposureTime", "FNumber", "PhotographicSensitivity", "FocalLength"] {
        row(&format!("EXIF {name}"), m.find("EXIF", name));
    }
    for date in m.dates.iter().take(12) {
        row(&date.field, Some(&date.text));
    }
    let legend = "Fields that speak of where and when the picture was made, as they stand in the file.";
    finding.exhibits.push(table("origin", "Stated origin", legend, &["Field", "Value"], rows));
    Some(finding)
}

/// Prompts and settings that image generators write.
fn generation(m: &Metadata) -> Option<Finding> {
    let first = m.generation.first()?;
    let tool = match first.layout {
        GenerationLayout::WebUi => "the Stable Diffusion web UI or a relative of it",
        GenerationLayout::ComfyUi => "ComfyUI",
        GenerationLayout::InvokeAi => "InvokeAI",
        GenerationLayout::NovelAi => "NovelAI",
        GenerationLayout::Fooocus => "Fooocus",
        GenerationLayout::Midjourney => "Midjourney",
        _ => "an image generator",
    };
    let mut finding = observation(format!(
        "The file carries a prompt or settings in the form that {tool} writes ({}, {} bytes): by its own account a \
         generator made it or worked on it, though such a field can be added or removed by anyone.",
        first.field, first.length
    ));
    finding.claim = Claim::Synthetic;
    let mut rows: Vec<_> =
        m.generation.iter().map(|g| vec![g.field.clone(), format!("{} bytes", g.length)]).collect();
    rows.extend(m.generation.iter().flat_map(|g| settings(&g.text)));
    let legend = "Fields that image generators write, and the technical settings in them. The prompt itself is \
                  listed with the metadata.";
    finding.exhibits.push(table("generation", "Generator fields", legend, &["Field", "Value"], rows));
    Some(finding)
}

/// Technical settings in a generator's text: model, sampler, steps, seed. Never the prompt.
fn settings(text: &str) -> Vec<Vec<String>> {
    const KEYS: &[&str] =
        &["Model", "Model hash", "Sampler", "Steps", "Seed", "CFG scale", "Size", "Version"];
    const JSON: &[&str] =
        &["model", "base_model", "sampler", "sampler_name", "steps", "seed", "cfg_scale", "ckpt_name"];
    let short = |value: &str| value.trim().trim_matches('"').chars().take(60).collect::<String>();
    let mut out = vec![];
    // The last line of a web UI's text holds its settings.
    let line = text.lines().rev().find(|l| l.contains("Steps: ")).unwrap_or("");
    for part in line.split(", ") {
        if let Some((key, value)) = part.split_once(": ")
            && KEYS.contains(&key)
        {
            out.push(vec![key.to_owned(), short(value)]);
        }
    }
    for key in JSON {
        let Some((_, rest)) = text.split_once(&format!("\"{key}\"")) else { continue };
        let Some(value) = rest.trim_start().strip_prefix(':').map(str::trim_start) else { continue };
        let end = match value.strip_prefix('"') {
            Some(inner) => inner.find('"').map(|e| e + 2),
            None => value.find([',', '}', '\n']),
        };
        if let Some(value) = end.and_then(|e| value.get(..e)).filter(|v| !v.starts_with(['{', '['])) {
            out.push(vec![(*key).to_owned(), short(value)]);
        }
    }
    out
}

/// IPTC digital source types.
fn source_types(m: &Metadata) -> Vec<Finding> {
    let mut seen = vec![];
    let mut out = vec![];
    for value in &m.digital_source_types {
        if seen.contains(&value) {
            continue;
        }
        seen.push(value);
        let word = value.rsplit('/').next().unwrap_or(value);
        let (phrase, generated) =
            software::source_type(value).unwrap_or(("of a kind that Indicia does not know", false));
        let mut finding = observation(format!(
            "The metadata declares the picture to be {phrase} (XMP Iptc4xmpExt:DigitalSourceType {}); the field is \
             not signed.",
            quoted(word)
        ));
        if generated {
            finding.claim = Claim::Synthetic;
        }
        out.push(finding);
    }
    out
}

/// Names of programs, told apart by what sort of program they are.
fn programs(m: &Metadata) -> Vec<Finding> {
    let known: Vec<_> = m
        .software
        .iter()
        .filter_map(|s| software::recognise(&s.name).map(|(product, sort)| (s, product, sort)))
        .collect();
    let mut out = vec![];
    let groups: [(&[Sort], &str, &str); 7] = [
        (
            &[Sort::Generator],
            "an image generator",
            "the picture was made or worked on by it, by its own account",
        ),
        (
            &[Sort::Editor],
            "a picture editor",
            "editors write this at every save, so it shows that the file passed through one and not that its \
             content was changed",
        ),
        (
            &[Sort::RawDeveloper],
            "a raw developer",
            "photographs are usually developed and exported by such programs, and the file is not a camera's own",
        ),
        (
            &[Sort::Library],
            "a library, converter or service",
            "the file was written or rewritten by it after the picture was made",
        ),
        (
            &[Sort::Toolkit],
            "the toolkit that wrote its XMP block",
            "cameras, phones and editors use it alike, so it tells little",
        ),
        (
            &[Sort::MetadataTool],
            "a metadata tool",
            "fields may have been written by it after the picture was made",
        ),
        (
            &[Sort::ScreenCapture, Sort::Renderer, Sort::Scanner],
            "a program that captures, renders or scans",
            "the picture may not come from a camera",
        ),
    ];
    for (sorts, what, meaning) in groups {
        let members: Vec<_> = known.iter().filter(|(.., sort)| sorts.contains(sort)).collect();
        if members.is_empty() {
            continue;
        }
        let mut names: Vec<String> = vec![];
        for (named, ..) in &members {
            let name = quoted(&named.name);
            if !names.iter().any(|n| n.starts_with(&name)) && names.len() < 4 {
                names.push(format!("{name} ({})", named.field));
            }
        }
        let mut finding = observation(format!("The metadata names {what}, {}: {meaning}.", listed(&names)));
        if sorts.contains(&Sort::Generator) {
            finding.claim = Claim::Synthetic;
        }
        let rows = members
            .iter()
            .map(|(s, product, sort)| {
                let name = s.name.chars().take(120).collect();
                vec![s.field.clone(), name, (*product).to_owned(), sort.phrase().to_owned()]
            })
            .collect();
        let legend = "Program names in the metadata and what they stand for.";
        finding.exhibits.push(table(
            "programs",
            "Programs",
            legend,
            &["Field", "Name", "Product", "Sort"],
            rows,
        ));
        out.push(finding);
    }
    // Photoshop's "Save for Web" leaves no name but a segment of its own.
    if let Some(quality) = m.find("JPEG", "Ducky quality") {
        out.push(observation(format!(
            "The file has the segment that Adobe programs write when they save for the web (APP12 Ducky, quality \
             {quality}): it was exported and is not a camera's own file."
        )));
    }
    out
}

/// XMP edit history.
fn history(m: &Metadata) -> Option<Finding> {
    if m.history.is_empty() {
        return None;
    }
    let count = |action: &str| m.history.iter().filter(|h| h.action == action).count();
    let saved = count("saved");
    let mut parts = vec![match m.history.len() {
        1 => "one step".to_owned(),
        steps => format!("{steps} steps"),
    }];
    match saved {
        0 => {}
        1 => parts.push("saved once".to_owned()),
        _ => parts.push(format!("saved {saved} times")),
    }
    if let Some(parameters) =
        m.history.iter().find(|h| h.action == "converted").and_then(|h| h.parameters.as_ref())
    {
        parts.push(format!("converted {}", quoted(parameters)));
    }
    let mut statement = format!("The file keeps an edit history (XMP xmpMM:History: {})", parts.join(", "));
    if m.documents.ancestors > 0 {
        statement
            .push_str(&format!(" and names {} documents that parts of it come from", m.documents.ancestors));
    }
    statement.push_str(
        "; it tells that and when programs saved the file, and not what they changed in the picture.",
    );
    let mut finding = observation(statement);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let rows = m
        .history
        .iter()
        .take(100)
        .map(|h| {
            vec![h.action.clone(), text(&h.when), text(&h.software), text(&h.changed), text(&h.parameters)]
        })
        .collect();
    let legend = "Steps in the order of the file, the first 100.";
    let columns = ["Action", "When", "Program", "Changed", "Details"];
    finding.exhibits.push(table("history", "Edit history", legend, &columns, rows));
    Some(finding)
}

/// `a` minus `b` in seconds, and whether a time zone could explain the difference: it could where an offset
/// is missing and the difference is of whole quarters of an hour within the span of time zones.
fn difference(a: &DateField, b: &DateField) -> Option<(i64, bool)> {
    let (x, y) = (a.value?, b.value?);
    if let (Some(x), Some(y)) = (x.utc_seconds(), y.utc_seconds())
        && a.value?.time.is_some()
        && b.value?.time.is_some()
    {
        return Some((x - y, false));
    }
    if x.time.is_none() || y.time.is_none() {
        // Only the days can be compared.
        let day = |t: i64| t.div_euclid(86_400) * 86_400;
        return Some((day(x.wall_seconds()) - day(y.wall_seconds()), false));
    }
    let seconds = x.wall_seconds() - y.wall_seconds();
    let off_quarter = seconds.rem_euclid(900).min(900 - seconds.rem_euclid(900));
    Some((seconds, off_quarter <= 2 && seconds.abs() <= ZONES))
}

/// Local clocks of the world differ by at most 26 hours (UTC-12 to UTC+14).
const ZONES: i64 = 26 * 3600;

fn span(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn shown(date: &DateField) -> String {
    date.value.map_or_else(|| date.text.clone(), |v| v.to_string())
}

/// Dates within one block that stand in an order that time does not allow.
fn date_order(m: &Metadata, checks: &Checks) -> Vec<Finding> {
    let orders = [
        ("EXIF DateTime", "EXIF DateTimeOriginal", "changed before it was taken"),
        ("EXIF DateTimeDigitized", "EXIF DateTimeOriginal", "digitised before it was taken"),
        ("XMP xmp:ModifyDate", "XMP xmp:CreateDate", "changed before it was created"),
        ("XMP xmp:ModifyDate", "EXIF DateTimeOriginal", "changed before it was taken"),
    ];
    let find = |field: &str| m.dates.iter().find(|d| d.field == field);
    let mut out = vec![];
    for (earlier, later, what) in orders {
        let (Some(a), Some(b)) = (find(earlier), find(later)) else { continue };
        let Some((seconds, zone)) = difference(a, b) else { continue };
        if seconds >= -checks.tolerance {
            continue;
        }
        let unsure = zone
            || (seconds > -ZONES
                && (a.value.is_some_and(|v| v.offset.is_none())
                    || b.value.is_some_and(|v| v.offset.is_none())));
        let but = if unsure { "; clocks of different time zones could explain it" } else { "" };
        out.push(observation(format!(
            "By its dates the picture was {what}: {earlier} is {}, {} before {later} {}{but}.",
            shown(a),
            span(seconds),
            shown(b)
        )));
    }
    out
}

/// Fields that should hold the same moment and do not.
fn date_disagreement(m: &Metadata, checks: &Checks) -> Vec<Finding> {
    let mut out = vec![];
    for (role, what) in [(DateRole::Captured, "capture"), (DateRole::Modified, "last change")] {
        let dates: Vec<_> = m.dates.iter().filter(|d| d.role == role && d.value.is_some()).collect();
        let Some((&first, others)) = dates.split_first() else { continue };
        let differing = others.iter().find_map(|other| {
            let (seconds, zone) = difference(first, other)?;
            (seconds.abs() > checks.tolerance && !zone && other.field != first.field)
                .then_some((other, seconds))
        });
        let Some((other, seconds)) = differing else { continue };
        let mut finding = observation(format!(
            "The fields that hold the time of {what} differ by {}: {} says {} and {} says {}; programs that update \
             only some of them leave this behind.",
            span(seconds),
            first.field,
            shown(first),
            other.field,
            shown(other)
        ));
        let rows = m.dates.iter().map(|d| vec![d.field.clone(), d.text.clone(), shown(d)]).collect();
        let legend = "Every date of the file, as written and as read.";
        finding.exhibits.push(table("dates", "Dates", legend, &["Field", "As written", "As read"], rows));
        out.push(finding);
    }
    out
}

/// GPS time is UTC, so it may differ from the camera's clock by a time zone and no more.
fn gps_date(m: &Metadata, checks: &Checks) -> Option<Finding> {
    let (gps, local) = (m.date(DateRole::Gps)?, m.date(DateRole::Captured)?);
    let (a, b) = (gps.value?, local.value?);
    let seconds = match b.utc_seconds() {
        Some(utc) if a.time.is_some() => a.utc_seconds()? - utc,
        _ => a.wall_seconds() - b.wall_seconds(),
    };
    // A GPS date without a time may be up to a day earlier than it looks.
    let slack = if a.time.is_none() { 86_400 } else { 0 };
    (seconds.abs() > checks.gps_seconds + slack).then(|| {
        observation(format!(
            "The satellite time ({}: {a}) and the camera's clock ({}: {b}) lie {} apart, more than time zones explain: \
             the clock was wrong, the position is an old fix, or one of the fields was written later.",
            gps.field,
            local.field,
            span(seconds)
        ))
    })
}

/// Dates outside the years of digital photography.
fn date_range(m: &Metadata, checks: &Checks) -> Vec<Finding> {
    let odd = |d: &&DateField| {
        d.value.is_some_and(|v| {
            i64::from(v.year) < checks.earliest_year || i64::from(v.year) > checks.latest_year
        })
    };
    let dates: Vec<_> =
        m.dates.iter().filter(odd).take(4).map(|d| format!("{} {}", d.field, shown(d))).collect();
    if dates.is_empty() {
        return vec![];
    }
    vec![observation(format!(
        "A date lies outside the years {} to {} ({}): a clock that was not set, a scan of an older picture, or a \
         date entered by hand.",
        checks.earliest_year,
        checks.latest_year,
        listed(&dates)
    ))]
}

/// Sizes that fields state and the picture does not have.
fn stated_size(m: &Metadata, picture: &PictureShape) -> Option<Finding> {
    let fits = |w: u32, h: u32| {
        let stated = (w as usize, h as usize);
        stated == (picture.width, picture.height) || stated == (picture.height, picture.width)
    };
    let wrong: Vec<_> = m.stated_sizes.iter().filter(|s| !fits(s.width, s.height)).collect();
    let first = wrong.first()?;
    let (stated, now) =
        (f64::from(first.width) * f64::from(first.height), picture.width as f64 * picture.height as f64);
    let verb = if now < stated { "resized or cropped" } else { "enlarged or extended" };
    let mut finding = observation(format!(
        "The metadata states {}x{} pixels ({}) and the picture has {}x{}: it was {verb} after that field was written.",
        first.width, first.height, first.field, picture.width, picture.height
    ));
    let rows = m
        .stated_sizes
        .iter()
        .map(|s| vec![s.field.clone(), format!("{}x{}", s.width, s.height)])
        .chain([vec!["the picture".to_owned(), format!("{}x{}", picture.width, picture.height)]])
        .collect();
    let legend =
        "Sizes that fields state, in pixels, and the size of the picture. Sides may be swapped by rotation.";
    finding.exhibits.push(table("sizes", "Sizes", legend, &["Field", "Size"], rows));
    Some(finding)
}

/// Contradictions between the maker, the model, the maker's own block and the rest.
fn maker(m: &Metadata) -> Vec<Finding> {
    let mut out = vec![];
    let Some(exif) = &m.exif else { return out };
    let make = exif.make.as_deref().unwrap_or("");
    let model = exif.model.as_deref().unwrap_or("");
    let mut say = |statement: String| out.push(observation(statement));
    if !make.is_empty() {
        if let Some(maker) = software::other_maker(make, model) {
            say(format!(
                "The model {} (EXIF Model) belongs to the maker {maker}, and the maker is given as {} (EXIF Make): one \
                 of the two was not written by the camera.",
                quoted(model),
                quoted(make)
            ));
        }
        if let Some(note) = &exif.maker_note
            && let Some(maker) = software::other_note(make, &note.signature)
        {
            say(format!(
                "The camera's own block (EXIF MakerNote, beginning with {}) is of the maker {maker}, and the maker is \
                 given as {} (EXIF Make): the fields were changed or joined from different files.",
                quoted(&note.signature),
                quoted(make)
            ));
        }
        let apple = [&exif.lens, &exif.host_computer].into_iter().flatten().any(|v| {
            let v = v.to_lowercase();
            v.starts_with("iphone") || v.starts_with("ipad")
        });
        if apple && !make.to_lowercase().contains("apple") {
            say(format!(
                "Lens or host computer name an Apple device (EXIF LensModel or HostComputer), and the maker is given as \
                 {} (EXIF Make).",
                quoted(make)
            ));
        }
        if exif.exposure_fields.is_empty() && m.date(DateRole::Captured).is_none() {
            say(format!(
                "A camera maker is named ({}, EXIF Make) without any exposure setting or capture time, which cameras \
                 write together: programs that copy or shorten metadata leave this behind.",
                quoted(make)
            ));
        }
    }
    for (own, xmp) in [("Make", "tiff:Make"), ("Model", "tiff:Model")] {
        let (Some(a), Some(b)) = (m.find("EXIF", own), m.find("XMP", xmp)) else { continue };
        if !a.trim().eq_ignore_ascii_case(b.trim()) {
            say(format!(
                "EXIF {own} is {} and XMP {xmp} is {}: the two blocks were not written from the same source.",
                quoted(a),
                quoted(b)
            ));
        }
    }
    out
}

/// Camera thumbnails lie as their picture does; one that is turned against it tells that the picture was
/// turned after the thumbnail was made.
fn thumbnail_turn(m: &Metadata, picture: &PictureShape) -> Option<Finding> {
    let (width, height) = m.thumbnail_size?;
    // Sides that differ by less than a tenth do not tell lying from standing.
    let lying = |w: f64, h: f64| if w > 1.1 * h { Some(true) } else { (h > 1.1 * w).then_some(false) };
    let small = lying(f64::from(width), f64::from(height))?;
    let large = lying(picture.width as f64, picture.height as f64)?;
    (small != large).then(|| {
        let orientation = m.orientation.map_or("no EXIF Orientation".to_owned(), |o| format!("EXIF Orientation {o}"));
        observation(format!(
            "The embedded preview lies {width}x{height} and the picture {}x{} ({orientation}): the picture was turned \
             or cropped and its preview was not.",
            picture.width, picture.height
        ))
    })
}

/// Colour profiles that do not fit or that tell of a way the file went.
fn profile(m: &Metadata, picture: &PictureShape) -> Vec<Finding> {
    let Some(icc) = &m.icc else { return vec![] };
    let mut out = vec![];
    let description = icc.description.as_deref().unwrap_or("without description");
    if let Some(remark) = software::profile_remark(description) {
        out.push(observation(format!(
            "The colour profile is {} (ICC description), {remark}; cameras do not write it.",
            quoted(description)
        )));
    }
    let expected = match icc.color_space.as_str() {
        "RGB" => Some(3),
        "GRAY" => Some(1),
        "CMYK" => Some(4),
        _ => None,
    };
    if let Some(colors) = expected
        && colors != picture.colors
    {
        out.push(observation(format!(
            "The colour profile {} is for {} and the picture has {} colour channels: the profile was taken from another \
             file or kept when the colours were converted.",
            quoted(description),
            icc.color_space,
            picture.colors
        )));
    }
    if !icc.class.is_empty() && !matches!(icc.class.as_str(), "mntr" | "scnr" | "spac" | "prtr") {
        out.push(observation(format!(
            "The colour profile {} is of the class {}, which is not meant to be embedded in pictures.",
            quoted(description),
            quoted(&icc.class)
        )));
    }
    out
}

/// More blocks of one kind than a single writer leaves.
fn packets(m: &Metadata) -> Vec<Finding> {
    let mut out = vec![];
    for (count, what) in [(m.xmp_packets, "XMP packets"), (m.exif_blocks, "EXIF blocks")] {
        if count > 1 {
            out.push(observation(format!(
                "The file holds {count} {what} where programs write one: they were added by different programs or \
                 joined from different files."
            )));
        }
    }
    out
}
