//! `indicia weights list`.

use anyhow::Result;
use indicia_nn::pack::{Origin, Store, published};
use indicia_report::summary::printable;
use serde_json::json;

use super::args::ListArgs;
use super::{SOME_FAILED, licence};
use crate::args::Format;
use crate::output::print_line;

/// Prints the packs. Returns the exit status.
pub fn run(args: &ListArgs) -> Result<u8> {
    let published = published(args.published.as_deref())?;
    let list = Store::of_user().list(&published)?;
    let failed = list.iter().any(|listed| listed.about.is_err());
    let mut rows = vec![["NAME", "METHOD", "LICENCE", "SIZE", "DIGEST", "WHERE"].map(str::to_owned)];
    for listed in &list {
        let place = match &listed.origin {
            Origin::BuiltIn => "in this program".to_owned(),
            Origin::Added(path) => path.display().to_string(),
            Origin::Published(address) => format!("published: {address}"),
        };
        if args.format == Format::Json {
            let document = match &listed.about {
                Ok(about) => json!({
                    "name": listed.name,
                    "method": about.method,
                    "version": about.version,
                    "licence": about.licence,
                    "bytes": about.bytes,
                    "digest": about.digest.map(|d| d.to_string()),
                    "where": place,
                }),
                Err(error) => json!({ "name": listed.name, "where": place, "error": error.to_string() }),
            };
            print_line(&document.to_string())?;
            continue;
        }
        match &listed.about {
            Ok(about) => rows.push([
                listed.name.clone(),
                about.method.clone(),
                licence(&about.licence),
                size(about.bytes),
                // Enough to tell packs apart; `verify` and JSON have all of it.
                about.digest.map_or_else(|| "not noted".to_owned(), |d| d.to_string()[7..19].to_owned()),
                place,
            ]),
            Err(error) => eprintln!("indicia: {}", printable(&error.to_string())),
        }
    }
    if args.format == Format::Human {
        match rows.len() {
            1 if !failed => {
                eprintln!("indicia: there are no packs of weights; docs/weights.md tells how to get some")
            }
            1 => {}
            _ => table(&rows)?,
        }
    }
    Ok(if failed { SOME_FAILED } else { 0 })
}

/// Columns as wide as their widest cell; the last as it is.
fn table(rows: &[[String; 6]]) -> Result<()> {
    let rows: Vec<[String; 6]> = rows.iter().map(|row| row.clone().map(|cell| printable(&cell))).collect();
    let width =
        |column: usize| rows.iter().map(|row| console::measure_text_width(&row[column])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line += &console::pad_str(cell, *width, console::Alignment::Left, None);
            line += "  ";
        }
        print_line(&(line + &row[5]))?;
    }
    Ok(())
}

/// Bytes for people.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_the_unit_that_fits() {
        assert_eq!(
            [0, 999, 1_000, 8_123_456, 2_500_000_000].map(size),
            ["0 B", "999 B", "1.0 kB", "8.1 MB", "2.5 GB"]
        );
    }
}
