//! The summary of a report for a terminal.

use std::fmt::Write as _;

use indicia_core::{Claim, Conclusion, Finding, Report, Standing, Topic};

/// How to mark text up. [`Style::Plain`] for files and pipes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// ANSI colours and weights.
    Ansi,
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Ansi => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// One block of text for one report: what it is, the verdict, what moved it, what else was seen. Lines are
/// wrapped at `width` columns. Control characters of file names and metadata are made visible, so that no
/// file can write to the terminal.
pub fn render(report: &Report, style: Style, width: usize) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}  {}", style.paint("1", &printable(&report.input.path)), describe(report));
    if let Some(error) = &report.error {
        let head = style.paint("1;31", "NOT READ");
        push_wrapped(&mut out, &format!("  {head}  "), &printable(&error.reason), 12, width);
        return out;
    }
    let Some(verdict) = &report.verdict else { return out };
    let (color, word) = match verdict.conclusion {
        Conclusion::SupportsAuthentic => ("1;32", "SUPPORTS AUTHENTIC"),
        Conclusion::SupportsManipulation => ("1;31", "SUPPORTS MANIPULATION"),
        Conclusion::SupportsSynthesis => ("1;31", "SUPPORTS SYNTHESIS"),
        _ => ("1;33", "INCONCLUSIVE"),
    };
    let statement = printable(&verdict.statement);
    push_wrapped(&mut out, &format!("  {}  ", style.paint(color, word)), &statement, 4 + word.len(), width);
    for topic in Topic::ALL {
        push_topic(&mut out, report, topic, style, width);
    }
    push_parts(&mut out, report, style, width);
    for warning in &report.input.warnings {
        push_wrapped(&mut out, "    ! ", &printable(warning), 6, width);
    }
    for failure in &report.failures {
        let text = format!("{} failed: {}", failure.method, printable(&failure.reason));
        push_wrapped(&mut out, "    ! ", &text, 6, width);
    }
    out
}

/// What the exhibits say to one question; of views only how many there are, for they are to be looked at.
fn push_topic(out: &mut String, report: &Report, topic: Topic, style: Style, width: usize) {
    let of_topic = |f: &&Finding| f.standing == Standing::Exhibit && f.topic == topic;
    let exhibits: Vec<_> = report.findings.iter().filter(of_topic).collect();
    if exhibits.is_empty() {
        return;
    }
    if topic == Topic::View {
        let _ = writeln!(out, "    {}: {}, in the report", topic.question(), exhibits.len());
        return;
    }
    let _ = writeln!(out, "    {}", topic.question());
    for of_method in exhibits.chunk_by(|a, b| a.method == b.method) {
        push_method(out, of_method, style, width);
    }
}

/// The exhibits of one method: the most telling in full, the rest as a number.
fn push_method(out: &mut String, findings: &[&Finding], style: Style, width: usize) {
    // A claim tells more than an observation; else the method's own order holds.
    let told = findings.iter().find(|f| f.claim != Claim::Observation).unwrap_or(&findings[0]);
    let more = match findings.len() - 1 {
        0 => String::new(),
        n => format!(" (+{n} more in the report)"),
    };
    let method = style.paint("2", &told.method);
    let text = printable(&told.statement) + &more;
    push_wrapped(out, &format!("      - {method}  "), &text, told.method.len() + 10, width);
}

/// A line for each part: what it is, its conclusion or why it was not read, and what counts against it.
fn push_parts(out: &mut String, report: &Report, style: Style, width: usize) {
    for inner in &report.parts {
        let Some(part) = &inner.part else { continue };
        let name = printable(&part.name);
        let said = match (&inner.error, &inner.verdict) {
            (Some(error), _) => format!("not read: {}", error.reason),
            (None, Some(v)) if v.conclusion.is_against_authenticity() => {
                format!("{}: {}", v.conclusion.phrase(), v.statement)
            }
            (None, Some(v)) => v.conclusion.phrase().to_owned(),
            (None, None) => String::new(),
        };
        let about = [describe(inner), part.note.clone().unwrap_or_default()];
        let about: Vec<String> = about.into_iter().filter(|text| !text.is_empty()).collect();
        let text = printable(&format!("{}; {said}", about.join("; ")));
        push_wrapped(out, &format!("    # {}  ", style.paint("1", &name)), &text, name.len() + 8, width);
    }
}

fn describe(report: &Report) -> String {
    let input = &report.input;
    let mut parts = vec![];
    if let Some(kind) = input.kind {
        parts.push(kind.name().to_owned());
    }
    if let (Some(width), Some(height)) = (input.width, input.height) {
        parts.push(format!("{width}x{height}"));
    }
    if let Some(size) = input.size {
        parts.push(bytes(size));
    }
    if let Some(digest) = &input.digest {
        parts.push(digest.chars().take("sha256:".len() + 12).collect());
    }
    parts.join(", ")
}

/// A size in the unit that leaves one to three digits before the point.
pub fn bytes(size: u64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let (mut value, mut unit) = (size as f64, 0);
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{size} bytes") } else { format!("{value:.1} {}", units[unit]) }
}

/// `text` with control characters, and those that hide or reorder others, written as escapes.
pub fn printable(text: &str) -> String {
    let escaped = |c: char| match c {
        _ if c.is_control() => c.escape_default().collect(),
        _ if !crate::html::is_plain(c) => c.escape_unicode().collect(),
        _ => vec![c],
    };
    text.chars().flat_map(escaped).collect()
}

/// Appends `lead` and `text`, broken between words so that lines stay within `width`; later lines are
/// indented by `indent`, as far as that leaves room. `lead` may hold escape sequences, so its visible
/// length is `indent`.
fn push_wrapped(out: &mut String, lead: &str, text: &str, indent: usize, width: usize) {
    out.push_str(lead);
    let rest = indent.min(8);
    let mut column = indent;
    for (i, word) in text.split_whitespace().enumerate() {
        let length = word.chars().count();
        if i > 0 && column + 1 + length > width {
            let _ = write!(out, "\n{:rest$}", "");
            column = rest;
        } else if i > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_a_fitting_unit() {
        assert_eq!(bytes(0), "0 bytes");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(1000), "1.0 kB");
        assert_eq!(bytes(999_949), "999.9 kB");
        assert_eq!(bytes(1_000_000), "1.0 MB");
        assert_eq!(bytes(3_250_000_000), "3.2 GB");
    }

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(printable("a\x1b[31mb\n"), "a\\u{1b}[31mb\\n");
        assert_eq!(printable("ä \u{202e}gpj.exe"), "ä \\u{202e}gpj.exe");
    }

    #[test]
    fn lines_break_between_words() {
        let mut out = String::new();
        push_wrapped(&mut out, "> ", "aaa bbb ccc ddd", 2, 10);
        assert_eq!(out, "> aaa bbb\n  ccc ddd\n");
    }
}
