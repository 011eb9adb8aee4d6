use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use indicia_codec::Pixels;
use indicia_core::{Limits, Picture};
use indicia_eval::files;
use indicia_eval::report;
use indicia_eval::run::MANIFEST;
use indicia_eval::table::resolve;
use indicia_report::html::{Board, render_leaderboard};

use super::args::LeaderboardArgs;
use super::score::{Scored, scored, shown_metrics, to_json};

/// Writes a leaderboard in the formats of its files.
pub fn run(args: &LeaderboardArgs) -> Result<u8> {
    let ending =
        |path: &Path| path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    if let Some(wrong) = args.out.iter().find(|p| !matches!(ending(p).as_str(), "html" | "md" | "json")) {
        bail!("{} should end in .html, .md or .json", wrong.display());
    }
    let scored = scored(&args.scoring)?;
    for path in &args.out {
        let text = match ending(path).as_str() {
            "html" => page(args, &scored)?,
            "md" => markdown(args, &scored),
            _ => format!("{:#}\n", to_json(&scored, true)),
        };
        files::write_whole(path, text.as_bytes())?;
        eprintln!("{}", path.display());
    }
    Ok(0)
}

fn page(args: &LeaderboardArgs, scored: &Scored) -> Result<String> {
    let tables = tables(args, scored);
    let limits = args.scoring.limits.clone().unwrap_or_default();
    let picture = |item: &str| {
        let find = |table: &PathBuf| decode(&resolve(table, item), &limits);
        if args.private { None } else { tables.iter().find_map(find) }
    };
    let metrics = shown_metrics(scored);
    Ok(render_leaderboard(&Board {
        title: &args.title,
        about: &scored.about,
        scores: &scored.scores,
        metrics: &metrics,
        protocol: scored.protocol.as_ref(),
        picture: &picture,
    })?)
}

/// Tables beside which items may lie: the one that was named, those of the runs, the predictions themselves.
fn tables(args: &LeaderboardArgs, scored: &Scored) -> Vec<PathBuf> {
    let mut tables: Vec<PathBuf> = args.scoring.table.iter().cloned().collect();
    for path in scored.predictions.paths() {
        let manifest = path.parent().unwrap_or(Path::new("")).join(MANIFEST);
        let run = files::read(&manifest, 64 << 20)
            .ok()
            .and_then(|b| serde_json::from_slice::<serde_json::Value>(&b).ok());
        let table = run.as_ref().and_then(|r| r.pointer("/table/path")).and_then(|v| v.as_str());
        tables.extend(table.map(PathBuf::from));
        tables.push(path.clone());
    }
    tables
}

/// A picture for the page; an example that cannot be read is shown by its name.
fn decode(path: &Path, limits: &Limits) -> Option<Picture> {
    let bytes = files::read(path, limits.bytes).ok()?;
    let evidence = indicia_codec::open(bytes, limits.clone()).ok()?;
    let pixels = evidence.view::<Pixels>(()).ok()?;
    Some(Picture { width: pixels.width, height: pixels.height, rgb: pixels.to_rgb8() })
}

fn markdown(args: &LeaderboardArgs, scored: &Scored) -> String {
    let metrics = shown_metrics(scored);
    let mut out = format!("# {}\n\n", args.title);
    if let Some(report) = &scored.protocol {
        out += &format!("**{}.** {}\n\n", report.protocol.title, report.protocol.description);
    }
    out += &report::results(&scored.scores, &metrics).markdown();
    if let Some(report) = &scored.protocol {
        for (title, grid) in report::matrix(report) {
            out += &format!("\n## {title}\n\n{}", grid.markdown());
        }
        if let Some(grid) = report::subgroups(report) {
            out += &format!("\n## Subgroups\n\n{}", grid.markdown());
        }
        if let Some(grid) = report::derived(report) {
            out += &format!("\n## What follows\n\n{}", grid.markdown());
        }
        let averages = report::averages(report);
        if !averages.rows.is_empty() {
            out += &format!("\n## Means\n\n{}", averages.markdown());
        }
    }
    for note in report::notes(&scored.scores) {
        out += &format!("\n{note}\n");
    }
    out += "\n## Definitions\n\n";
    for metric in &metrics {
        if let Some(definition) = indicia_eval::score::definition(metric) {
            out += &format!("- **{}**: {}\n", report::heading(metric), definition.text);
        }
    }
    out += &format!("\n## Source\n\n- {}\n- `{}`\n", scored.about.tool, scored.about.command);
    for source in scored.about.predictions.iter().chain(&scored.about.table) {
        out += &format!("- {} ({})\n", source.path, source.digest);
    }
    out
}
