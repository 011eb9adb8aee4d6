//! Exhibits and refusals that many methods make alike.

use std::sync::Arc;

use indicia_core::{Examination, Exhibit, ExhibitData, Picture, Table};

/// An exhibit of a picture to look at.
pub(crate) fn shown(id: &str, title: &str, legend: impl Into<String>, picture: Picture) -> Exhibit {
    Exhibit {
        id: id.into(),
        title: title.into(),
        legend: legend.into(),
        data: ExhibitData::Picture(Arc::new(picture)),
    }
}

/// An exhibit of a table, whose rows have as many cells as there are columns.
pub(crate) fn table(
    id: &str,
    title: &str,
    legend: impl Into<String>,
    columns: &[&str],
    rows: Vec<Vec<String>>,
) -> Exhibit {
    let columns = columns.iter().map(|c| (*c).to_owned()).collect();
    Exhibit {
        id: id.into(),
        title: title.into(),
        legend: legend.into(),
        data: ExhibitData::Table(Table { columns, rows }),
    }
}

/// The refusal of a picture with a side of less than `least` pixels.
pub(crate) fn too_small(width: usize, height: usize, least: usize) -> Option<Examination> {
    (width.min(height) < least).then(|| {
        Examination::not_applicable(format!(
            "needs at least {least} pixels on each side, this has {width}x{height}"
        ))
    })
}
