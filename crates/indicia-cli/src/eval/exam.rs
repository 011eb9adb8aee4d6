use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use indicia_eval::exam::{self, Answers, DEFINITIONS, ExamReport, Rules, Settings, Unanswered, VIEWS};
use indicia_eval::files;
use indicia_eval::report::About;
use indicia_eval::stats::Bootstrap;
use indicia_report::html::{Board, render_leaderboard};
use serde_json::json;

use super::args::{ExamArgs, UnansweredArg};
use super::score::command_line;
use crate::args::Format;
use crate::output::print_line;

/// Scores an exam, or makes a table of it.
pub fn run(args: &ExamArgs) -> Result<u8> {
    let page = |path: &PathBuf| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("html"));
    if let Some(wrong) = args.out.iter().find(|path| !page(path)) {
        bail!("{} should end in .html", wrong.display());
    }
    let rules = Rules::named(&args.rules)?;
    let answers: Vec<Answers> = args.answers.iter().map(|p| Answers::read(p)).collect::<Result<_, _>>()?;
    if let Some(table) = &args.table {
        return convert(args, table, &answers, &rules);
    }
    let settings = Settings {
        rules,
        unanswered: match args.unanswered {
            UnansweredArg::Refuse => Unanswered::Refused,
            UnansweredArg::LeaveOut => Unanswered::LeftOut,
            UnansweredArg::Wrong => Unanswered::Wrong,
        },
        split: args.split.clone(),
        seed: args.seed,
        bootstrap: Bootstrap { replicates: args.replicates, ..Bootstrap::default() },
    };
    let report = exam::evaluate(&args.exam, &answers, &settings)?;
    let about = About::of_files(&args.answers, &args.exam, command_line())?;
    if let Some(out) = &args.out {
        let metrics: Vec<String> = DEFINITIONS.iter().map(|d| format!("exam.{}", d.id)).collect();
        let text = render_leaderboard(&Board {
            title: "Exam",
            about: &about,
            scores: &report.scores(),
            metrics: &metrics,
            protocol: None,
            picture: &|_| None,
        })?;
        files::write_whole(out, text.as_bytes())?;
        eprintln!("{}", out.display());
    }
    match args.format {
        Format::Json => {
            let mut out = report.to_json();
            out["about"] = json!(about);
            print_line(&format!("{out:#}"))?;
        }
        Format::Human => print_line(text(&report).trim_end())?,
    }
    Ok(0)
}

fn convert(args: &ExamArgs, table: &Path, answers: &[Answers], rules: &Rules) -> Result<u8> {
    let done = exam::convert(&args.exam, table, args.pictures.as_deref())?;
    print_line(&format!("{}: {} items, {} with pictures", table.display(), done.items, done.with_pictures))?;
    if let Some(out) = &args.predictions {
        exam::write_predictions(table, answers, rules, out)?;
        print_line(&format!("{}", out.display()))?;
    }
    Ok(0)
}

fn text(report: &ExamReport) -> String {
    let mut out = exam::summary(report).text();
    for view in VIEWS {
        out += &format!("\n{}", exam::values(report, view).text());
    }
    out.push('\n');
    for contestant in &report.contestants {
        if contestant.told.is_empty() {
            continue;
        }
        let told = contestant.told.iter().map(|(how, count)| format!("{count} by {}", json!(how)));
        let told = told.collect::<Vec<_>>().join(", ").replace('"', "");
        out += &format!("{}: options told {told}\n", contestant.name);
    }
    for note in &report.notes {
        out += &format!("{note}\n");
    }
    out.push('\n');
    for definition in &DEFINITIONS {
        out += &format!("{}: {}\n", definition.name, definition.text);
    }
    out
}
