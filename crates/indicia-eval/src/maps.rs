//! Maps and masks in files: what detectors say of each pixel, and the truth.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use indicia_codec::{ColorModel, Pixels, Samples};
use indicia_core::{Error, Limits, Map, Result};
use ndarray::{Array2, ArrayD, ArrayView2, Axis, Ix2};
use ndarray_npy::{ReadNpyExt, WriteNpyExt};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::files::{self, WholeFile};

/// Name of the array in an NPZ archive.
const MAP: &str = "map";
/// Optional array beside it: side of a cell in pixels, width and height in pixels.
const LAYOUT: &str = "layout";

/// Writes a map that was made of a picture of another size, brought to `height` by `width` by nearest neighbour.
///
/// # Errors
/// `Io` with the path.
pub fn write_scaled(path: &Path, map: &Map, height: usize, width: usize) -> Result<()> {
    write_npz(path, &resize_nearest(unit(map, map.to_pixels()).view(), height, width), None)
}

/// Writes a map as compressed NPZ: float32 array `map`, rows by columns, scaled so that the colour scale's
/// ends are 0 and 1 (values beyond stay beyond). A map with a value a cell of pixels has the int64 array
/// `layout` beside it: side of a cell, width and height of the picture.
///
/// # Errors
/// `Io` with the path.
pub fn write(path: &Path, map: &Map) -> Result<()> {
    let (rows, columns) = map.values.dim();
    let covered = rows * map.cell >= map.height && columns * map.cell >= map.width;
    let values = if covered && map.cell > 1 { map.values.clone() } else { map.to_pixels() };
    let layout = (covered && map.cell > 1).then(|| [map.cell, map.width, map.height].map(|n| n as i64));
    write_npz(path, &unit(map, values), layout)
}

/// Values on the map's colour scale: 0 and 1 are its ends.
fn unit(map: &Map, values: Array2<f32>) -> Array2<f32> {
    let span = if map.high > map.low { map.high - map.low } else { 1.0 };
    values.mapv_into(|v| (v - map.low) / span)
}

fn write_npz(path: &Path, values: &Array2<f32>, layout: Option<[i64; 3]>) -> Result<()> {
    let failed = |e: String| Error::io(format!("cannot write {}: {e}", path.display()));
    // The archive's directory comes last and needs places: it is made in memory.
    let mut archive = ZipWriter::new(Cursor::new(vec![]));
    let options = SimpleFileOptions::default().compression_level(Some(1));
    archive.start_file(format!("{MAP}.npy"), options).map_err(|e| failed(e.to_string()))?;
    values.write_npy(&mut archive).map_err(|e| failed(e.to_string()))?;
    if let Some(layout) = layout {
        archive.start_file(format!("{LAYOUT}.npy"), options).map_err(|e| failed(e.to_string()))?;
        ndarray::arr1(&layout).write_npy(&mut archive).map_err(|e| failed(e.to_string()))?;
    }
    let bytes = archive.finish().map_err(|e| failed(e.to_string()))?.into_inner();
    let mut file = WholeFile::create(path)?;
    file.write_all(&bytes).map_err(|e| failed(e.to_string()))?;
    file.finish()
}

/// Reads a map, height by width, a value a pixel: the array of a NPY file; the array `map` of an NPZ archive,
/// or its only one; a picture, whose gray (or highest channel) becomes 0 to 1. Integer arrays of 8 bits become
/// 0 to 1 too, booleans 0 and 1, floats stay.
///
/// # Errors
/// `Io`; `Limits`; `Input` if it is none of these, has not two dimensions or holds a NaN.
pub fn read(path: &Path, limits: &Limits) -> Result<Array2<f32>> {
    let named = |e: Error| Error::input(format!("{}: {e}", path.display()));
    let bytes = files::read(path, limits.bytes)?;
    let values = if bytes.starts_with(b"\x93NUMPY") {
        array(&bytes)
    } else if bytes.starts_with(b"PK\x03\x04") {
        from_npz(&bytes, limits)
    } else {
        picture(bytes, limits).map(|(values, full)| values.mapv(|v| f32::from(v) / f32::from(full)))
    };
    let values = values.map_err(named)?;
    if let Some(((y, x), v)) = values.indexed_iter().find(|(_, v)| v.is_nan()) {
        return Err(named(Error::input(format!("the map is {v} at row {y}, column {x}"))));
    }
    Ok(values)
}

/// Reads a ground-truth mask, height by width: true where altered. A picture is altered where any colour
/// channel is at least half of full scale; one that holds nothing above 1 is taken as 0 and 1. Arrays are
/// altered from 0.5 upwards.
///
/// # Errors
/// As [`read`].
pub fn read_mask(path: &Path, limits: &Limits) -> Result<Array2<bool>> {
    let bytes = files::read(path, limits.bytes)?;
    if bytes.starts_with(b"\x93NUMPY") || bytes.starts_with(b"PK\x03\x04") {
        return Ok(read(path, limits)?.mapv(|v| v >= 0.5));
    }
    let (values, full) =
        picture(bytes, limits).map_err(|e| Error::input(format!("{}: {e}", path.display())))?;
    let coded = values.iter().copied().max() == Some(1);
    let threshold = if coded { 1 } else { full / 2 + 1 };
    Ok(values.mapv(|v| v >= threshold))
}

/// The highest colour channel of every pixel, and the value of full scale.
fn picture(bytes: Vec<u8>, limits: &Limits) -> Result<(Array2<u16>, u16)> {
    let evidence = indicia_codec::open(bytes, limits.clone())?;
    let pixels = evidence.view::<Pixels>(())?;
    let channels = pixels.model.channels();
    let used = match pixels.model {
        ColorModel::GrayAlpha | ColorModel::Rgba => channels - 1,
        ColorModel::Gray | ColorModel::Rgb | ColorModel::Cmyk => channels,
    };
    let (values, full): (Vec<u16>, u16) = match &pixels.samples {
        Samples::U8(s) => {
            let highest = |p: &[u8]| u16::from(p[..used].iter().copied().max().unwrap_or(0));
            (s.chunks_exact(channels).map(highest).collect(), 255)
        }
        Samples::U16(s) => {
            let highest = |p: &[u16]| p[..used].iter().copied().max().unwrap_or(0);
            (s.chunks_exact(channels).map(highest).collect(), u16::MAX)
        }
    };
    let values = Array2::from_shape_vec((pixels.height, pixels.width), values)
        .map_err(|e| Error::internal(format!("decoded picture: {e}")))?;
    Ok((values, full))
}

fn from_npz(bytes: &[u8], limits: &Limits) -> Result<Array2<f32>> {
    let damaged = |e: zip::result::ZipError| Error::input_from("the NPZ archive is damaged", e);
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let names: Vec<String> = archive.file_names().map(str::to_owned).collect();
    let map = format!("{MAP}.npy");
    let name = match &names[..] {
        [only] => only,
        several => several.iter().find(|n| **n == map).ok_or_else(|| {
            Error::input(format!("expected an array {MAP:?} in the NPZ archive, found: {}", names.join(", ")))
        })?,
    };
    let mut entry = |name: &str| -> Result<Vec<u8>> {
        let file = archive.by_name(name).map_err(damaged)?;
        let limit = limits.memory.min(limits.pixels.saturating_mul(8));
        let mut bytes = vec![];
        file.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| Error::input_from("the NPZ archive is damaged", e))?;
        if bytes.len() as u64 > limit {
            return Err(Error::limits(format!("array {name} has more than {limit} bytes")));
        }
        Ok(bytes)
    };
    let values = array(&entry(name)?)?;
    let layout = format!("{LAYOUT}.npy");
    if !names.contains(&layout) {
        return Ok(values);
    }
    let numbers = ndarray::Array1::<i64>::read_npy(&entry(&layout)?[..])
        .map_err(|e| Error::input_from(format!("array {LAYOUT:?} should hold three int64"), e))?;
    let &[cell, width, height] = numbers.to_vec().as_slice() else {
        return Err(Error::input(format!(
            "array {LAYOUT:?} should hold three numbers, got {}",
            numbers.len()
        )));
    };
    let size = |n: i64| usize::try_from(n).ok().filter(|n| *n > 0);
    let (Some(cell), Some(width), Some(height)) = (size(cell), size(width), size(height)) else {
        return Err(Error::input(format!("array {LAYOUT:?} should hold positive numbers, got {numbers}")));
    };
    limits.check_picture(width as u64, height as u64, 4)?;
    let (rows, columns) = values.dim();
    if height.div_ceil(cell) > rows || width.div_ceil(cell) > columns {
        return Err(Error::input(format!(
            "{rows}x{columns} cells of {cell} pixels do not cover {height}x{width} pixels"
        )));
    }
    Ok(Array2::from_shape_fn((height, width), |(y, x)| values[[y / cell, x / cell]]))
}

/// The array of a NPY file as two dimensions; further ones must have length 1.
fn array(bytes: &[u8]) -> Result<Array2<f32>> {
    let unknown =
        || Error::input("expected an array of float32, float64, bool, uint8 or int64, little endian");
    let read = |bytes| -> Option<ArrayD<f32>> {
        ArrayD::<f32>::read_npy(bytes)
            .or_else(|_| ArrayD::<f64>::read_npy(bytes).map(|a| a.mapv(|v| v as f32)))
            .or_else(|_| ArrayD::<u8>::read_npy(bytes).map(|a| a.mapv(|v| f32::from(v) / 255.0)))
            .or_else(|_| ArrayD::<bool>::read_npy(bytes).map(|a| a.mapv(|v| f32::from(u8::from(v)))))
            .or_else(|_| ArrayD::<i64>::read_npy(bytes).map(|a| a.mapv(|v| v as f32)))
            .ok()
    };
    let mut values = read(bytes).ok_or_else(unknown)?;
    while values.ndim() > 2 {
        let Some(axis) = values.shape().iter().position(|&n| n == 1) else { break };
        values = values.index_axis_move(Axis(axis), 0);
    }
    let shape = values.shape().to_vec();
    values
        .into_dimensionality::<Ix2>()
        .map_err(|_| Error::input(format!("expected an array of height by width, got the shape {shape:?}")))
}

/// Brings a map to another size by nearest neighbour, pixel centres on pixel centres.
pub fn resize_nearest(map: ArrayView2<'_, f32>, height: usize, width: usize) -> Array2<f32> {
    let (rows, columns) = map.dim();
    if rows == 0 || columns == 0 {
        return Array2::zeros((height, width));
    }
    let from = |at: usize, count: usize, size: usize| ((2 * at + 1) * count / (2 * size)).min(count - 1);
    let xs: Vec<usize> = (0..width).map(|x| from(x, columns, width)).collect();
    Array2::from_shape_fn((height, width), |(y, x)| map[[from(y, rows, height), xs[x]]])
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn temporary(name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        (folder, path)
    }

    #[test]
    fn a_map_of_cells_comes_back_a_value_a_pixel_on_the_scale_of_its_colours() {
        let (_folder, path) = temporary("a.npz");
        let map = Map {
            values: array![[2.0, 4.0, 2.0], [6.0, 8.0, 2.0]],
            cell: 2,
            width: 5,
            height: 3,
            ..Map::per_pixel(Array2::zeros((1, 1)), 2.0, 6.0)
        };
        write(&path, &map).unwrap();
        let expected =
            array![[0.0, 0.0, 0.5, 0.5, 0.0], [0.0, 0.0, 0.5, 0.5, 0.0], [1.0, 1.0, 1.5, 1.5, 0.0]];
        assert_eq!(read(&path, &Limits::default()).unwrap(), expected);
        let small = Limits { pixels: 10, ..Limits::default() };
        assert!(read(&path, &small).is_err());
    }

    #[test]
    fn arrays_of_other_types_and_with_an_axis_more_are_read() {
        let (_folder, path) = temporary("a.npy");
        let read_back = || read(&path, &Limits::default());
        array![[[0_u8, 255]]].write_npy(std::fs::File::create(&path).unwrap()).unwrap();
        assert_eq!(read_back().unwrap(), array![[0.0, 1.0]]);
        array![[true], [false]].write_npy(std::fs::File::create(&path).unwrap()).unwrap();
        assert_eq!(read_back().unwrap(), array![[1.0], [0.0]]);
        assert_eq!(read_mask(&path, &Limits::default()).unwrap(), array![[true], [false]]);
        array![1.0_f64].write_npy(std::fs::File::create(&path).unwrap()).unwrap();
        assert!(read_back().unwrap_err().to_string().contains("got the shape [1]"));
        array![[1.0_f32, f32::NAN]].write_npy(std::fs::File::create(&path).unwrap()).unwrap();
        assert!(read_back().unwrap_err().to_string().contains("NaN at row 0, column 1"));
        std::fs::write(&path, b"\x93NUMPY\x01\x00garbage").unwrap();
        assert!(read_back().is_err());
        std::fs::write(&path, b"PK\x03\x04garbage").unwrap();
        assert!(read_back().unwrap_err().to_string().contains("damaged"));
    }

    #[test]
    fn masks_of_full_scale_and_of_zero_and_one() {
        let (_folder, path) = temporary("a.png");
        let png = |values: &[u8]| {
            let mut encoder =
                png::Encoder::new(std::fs::File::create(&path).unwrap(), values.len() as u32, 1);
            encoder.set_color(png::ColorType::Grayscale);
            encoder.write_header().unwrap().write_image_data(values).unwrap();
            read_mask(&path, &Limits::default()).unwrap().into_raw_vec_and_offset().0
        };
        assert_eq!(png(&[0, 127, 128, 255]), [false, false, true, true]);
        assert_eq!(png(&[0, 1, 1, 0]), [false, true, true, false]);
        assert_eq!(png(&[0, 0]), [false, false]);
    }

    #[test]
    fn nearest_keeps_corners_and_repeats() {
        let map = array![[1.0, 2.0], [3.0, 4.0]];
        assert_eq!(resize_nearest(map.view(), 2, 4), array![[1., 1., 2., 2.], [3., 3., 4., 4.]]);
        assert_eq!(resize_nearest(resize_nearest(map.view(), 6, 6).view(), 2, 2), map);
    }
}
