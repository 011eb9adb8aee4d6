use std::fmt::Write as _;

use indicia_core::{Fidelity, MethodInfo, Status};

/// The page of a method in Markdown: what it detects, when it applies, its parameters with units and
/// ranges, its own text (steps, limits, measured results), its sources.
pub fn page(info: &MethodInfo) -> String {
    let status = match info.status {
        Status::Stable => "stable",
        Status::Preview => "preview",
    };
    let mut out = format!("# {}\n\n`{}`, {status}. {}\n", info.title, info.id, info.summary);
    let _ = write!(out, "\nApplies to: {}.\n\n{}\n", info.applies.trim_end_matches('.'), info.page.trim());
    if info.parameters.is_empty() {
        out.push_str("\n## Parameters\n\nNone.\n");
    } else {
        let _ = write!(
            out,
            "\n## Parameters\n\nSet with `--set {}.NAME=VALUE`.\n\n| name | meaning | unit | range | default |\n|---|---|---|---|---|\n",
            info.id
        );
        for p in info.parameters {
            let unit = if p.unit == "1" { "-" } else { p.unit };
            let _ = writeln!(
                out,
                "| `{}` | {} | {unit} | {} to {} | {} |",
                p.name, p.description, p.min, p.max, p.default
            );
        }
    }
    out.push_str("\n## Sources\n\n");
    for source in info.sources {
        let fidelity = match source.fidelity {
            Fidelity::Faithful => "followed as published",
            Fidelity::Adapted => "adapted, as said above",
            Fidelity::Inspired => "the idea only",
        };
        let _ = writeln!(out, "- {} <{}> ({fidelity})", source.citation, source.url);
    }
    out
}
