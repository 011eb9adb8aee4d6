//! The table of a data set, as `indicia eval` reads it.

use std::path::Path;

use anyhow::Result;
use indicia_eval::table::{Cell, Column, ColumnType, TableWriter};
use indicia_synthesis::forge::edit::{Fill, Transform};
use indicia_synthesis::forge::{Document, Edit, FileEntry, Save, Step, Subsampling};

use ColumnType::{Bool, Float, Int, Text};

/// Columns of the table. Rows of twins hold the same attributes as those of their forgeries.
const COLUMNS: &[(&str, ColumnType)] = &[
    ("path", Text),
    ("label", Int),
    ("mask", Text),
    ("method", Text),
    ("domain", Text),
    ("split", Text),
    ("group", Text),
    ("digest", Text),
    // Number of the forgery; a forgery and its twin share it.
    ("item", Int),
    // Kind of the forgery, in the twin's row too.
    ("kind", Text),
    ("preset", Text),
    ("source", Text),
    ("source_quality", Int),
    ("donor", Text),
    ("donor_group", Text),
    // Where copied content came from: a mask.
    ("source_mask", Text),
    ("width", Int),
    ("height", Int),
    // Share of the picture that the mask covers.
    ("share", Float),
    ("shape", Text),
    ("copies", Int),
    ("scale", Float),
    ("rotation", Float),
    ("flip", Bool),
    ("feather", Float),
    ("match_colour", Float),
    ("fill", Text),
    ("quality_first", Int),
    ("subsampling_first", Text),
    // Columns and rows by which the first JPEG's grid lies off the final one.
    ("grid_x", Int),
    ("grid_y", Int),
    // The same of a region that was moved without being transformed, and the quality of its own JPEG.
    ("region_grid_x", Int),
    ("region_grid_y", Int),
    ("region_quality", Int),
    ("quality_between", Int),
    ("quality_last", Int),
    ("subsampling_last", Text),
    ("resize_before", Float),
    ("resize_after", Float),
    ("noise", Float),
];

/// Writes the table.
///
/// # Errors
/// With the path.
pub fn write(path: &Path, documents: &[Document]) -> Result<()> {
    let columns = COLUMNS.iter().map(|(name, kind)| Column::new(*name, *kind)).collect();
    let mut writer = TableWriter::create(path, columns)?;
    for document in documents {
        let forged = document.recipe.edit.is_some();
        writer.push(&row(document, &document.picture, forged))?;
        if let Some(twin) = &document.twin {
            writer.push(&row(document, twin, false))?;
        }
    }
    Ok(writer.finish()?)
}

fn row(document: &Document, file: &FileEntry, forged: bool) -> Vec<Cell> {
    let value = |name: &str| match name {
        "path" => file.path.as_str().into(),
        "digest" => file.digest.as_str().into(),
        "label" => i64::from(forged).into(),
        "mask" if forged => document.mask.as_ref().map(|mask| mask.path.as_str()).into(),
        "source_mask" if forged => document.copied_from.as_ref().map(|mask| mask.path.as_str()).into(),
        "method" if forged => document.kind.as_deref().into(),
        "mask" | "source_mask" | "method" => Cell::Null,
        other => attribute(document, other),
    };
    COLUMNS.iter().map(|(name, _)| value(name)).collect()
}

/// A value that a forgery and its twin share.
fn attribute(document: &Document, name: &str) -> Cell {
    let recipe = &document.recipe;
    let int = |v: Option<i64>| v.into();
    let whole = |n: usize| i64::try_from(n).ok();
    let jpeg = |steps: &[Step]| steps.iter().find_map(as_jpeg);
    let (before, after) = (&recipe.before, &recipe.after);
    match name {
        "domain" => recipe.source.domain.as_deref().into(),
        "split" => document.split.as_deref().into(),
        "group" => recipe.source.group.as_str().into(),
        "item" => int(i64::try_from(document.number).ok()),
        "kind" => document.kind.as_deref().into(),
        "preset" => document.preset.as_deref().into(),
        "source" => recipe.source.path.as_str().into(),
        "source_quality" => int(recipe.source.quality.map(i64::from)),
        "donor" => recipe.donor.as_ref().map(|donor| donor.path.as_str()).into(),
        "donor_group" => recipe.donor.as_ref().map(|donor| donor.group.as_str()).into(),
        "width" => int(whole(document.width)),
        "height" => int(whole(document.height)),
        "share" => {
            let share = document.altered as f64 / (document.width * document.height).max(1) as f64;
            recipe.edit.is_some().then_some(share).into()
        }
        "quality_first" => int(jpeg(before).map(|(quality, _)| quality.into())),
        "subsampling_first" => jpeg(before).map(|(_, sampling)| sampling.name()).into(),
        "grid_x" => int(jpeg(before).map(|_| grid(before).0)),
        "grid_y" => int(jpeg(before).map(|_| grid(before).1)),
        "quality_between" => int(jpeg(after).map(|(quality, _)| quality.into())),
        "quality_last" => int(match recipe.save {
            Save::Jpeg { quality, .. } => Some(quality.into()),
            Save::Png => None,
        }),
        "subsampling_last" => match recipe.save {
            Save::Jpeg { subsampling, .. } => subsampling.name().into(),
            Save::Png => Cell::Null,
        },
        "resize_before" => recipe.resizes().0.into(),
        "resize_after" => recipe.resizes().1.into(),
        "noise" => {
            let noise = after.iter().find_map(|step| match step {
                Step::Noise { sigma, .. } => Some(*sigma),
                _ => None,
            });
            noise.into()
        }
        other => recipe.edit.as_ref().map_or(Cell::Null, |edit| of_edit(edit, other)),
    }
}

/// A value of the edit.
fn of_edit(edit: &Edit, name: &str) -> Cell {
    let transform: Option<&Transform> = match edit {
        Edit::Splice(splice) => Some(&splice.transform),
        Edit::CopyMove(copy) => copy.copies.first().map(|copy| &copy.transform),
        _ => None,
    };
    // A region has a grid of its own only if it came from elsewhere without being computed anew.
    let shifted = match edit {
        Edit::Splice(splice) if splice.transform.is_shift() => Some(&splice.transform),
        _ => None,
    };
    match (name, edit) {
        ("shape", _) => edit.region().map(|region| region.shape.name()).into(),
        ("copies", Edit::CopyMove(copy)) => i64::try_from(copy.copies.len()).ok().into(),
        ("scale", Edit::SelfBlend(blend)) => blend.scale.into(),
        ("scale", _) => transform.map(|t| t.scale).into(),
        ("rotation", _) => transform.map(|t| t.rotation).into(),
        ("flip", _) => transform.map(|t| t.flip).into(),
        ("feather", Edit::Splice(e)) => e.feather.into(),
        ("feather", Edit::CopyMove(e)) => e.feather.into(),
        ("feather", Edit::LocalBlur(e) | Edit::LocalEnhance(e)) => e.feather.into(),
        ("match_colour", Edit::Splice(e)) => e.match_colour.into(),
        ("fill", Edit::Removal(e)) => match e.fill {
            Fill::Exemplar => "exemplar".into(),
            Fill::Diffusion => "diffusion".into(),
        },
        ("region_grid_x", _) => shifted.map(|t| t.dx.rem_euclid(8)).into(),
        ("region_grid_y", _) => shifted.map(|t| t.dy.rem_euclid(8)).into(),
        ("region_quality", Edit::Splice(e)) => {
            e.donor_steps.iter().find_map(as_jpeg).map(|(quality, _)| i64::from(quality)).into()
        }
        _ => Cell::Null,
    }
}

fn as_jpeg(step: &Step) -> Option<(u8, Subsampling)> {
    match step {
        Step::Jpeg { quality, subsampling } => Some((*quality, *subsampling)),
        _ => None,
    }
}

/// By how much the crops after the first JPEG move its grid, the first block's edge that is left being counted
/// from the picture's border.
fn grid(before: &[Step]) -> (i64, i64) {
    let crop = before.iter().find_map(|step| match step {
        Step::Crop { x, y, .. } => Some((*x as i64, *y as i64)),
        _ => None,
    });
    crop.map_or((0, 0), |(x, y)| ((-x).rem_euclid(8), (-y).rem_euclid(8)))
}
