use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicia_core::{Error, Result};
use serde_json::Value;

use super::Cell;
use super::read::Rows;

/// Longest row. It may hold a page's text, hundreds of boxes, a video's frames as base64.
const ROW_LIMIT: u64 = 64 << 20;

/// Counts down what a row may still read.
struct Bounded {
    file: BufReader<File>,
    left: Arc<AtomicU64>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::Error::other(format!("a row has more than {ROW_LIMIT} bytes")));
        }
        let end = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = self.file.read(&mut buffer[..end])?;
        self.left.store(left - count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Rows of a CSV or tab-separated file with a header.
pub(super) struct CsvRows {
    reader: csv::Reader<Bounded>,
    left: Arc<AtomicU64>,
    record: csv::StringRecord,
}

impl CsvRows {
    pub(super) fn open(mut file: BufReader<File>, columns: &mut Vec<String>) -> Result<Self> {
        let start = file.fill_buf().map_err(|e| Error::io_from("cannot read", e))?;
        let line = start.split(|b| *b == b'\n').next().unwrap_or_default();
        let count = |byte| line.iter().filter(|b| **b == byte).count();
        let delimiter = if count(b'\t') > count(b',') { b'\t' } else { b',' };
        if start.starts_with(b"\xEF\xBB\xBF") {
            file.consume(3);
        }
        let left = Arc::new(AtomicU64::new(ROW_LIMIT));
        let file = Bounded { file, left: Arc::clone(&left) };
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(file);
        let header = reader.headers().map_err(fault)?;
        columns.extend(header.iter().map(|name| name.trim().to_owned()));
        if let Some(place) = columns.iter().position(String::is_empty) {
            return Err(Error::input(format!("column {} has no name in the header", place + 1)));
        }
        Ok(Self { reader, left, record: csv::StringRecord::new() })
    }
}

impl Rows for CsvRows {
    fn next(&mut self, _: &mut Vec<String>) -> Result<Option<Vec<Cell>>> {
        self.left.store(ROW_LIMIT, Ordering::Relaxed);
        if !self.reader.read_record(&mut self.record).map_err(fault)? {
            return Ok(None);
        }
        let cell = |field: &str| if field.is_empty() { Cell::Null } else { Cell::Text(field.to_owned()) };
        Ok(Some(self.record.iter().map(cell).collect()))
    }
}

fn fault(error: csv::Error) -> Error {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            Error::input(format!("expected {expected_len} fields as in the header, got {len}"))
        }
        csv::ErrorKind::Io(error) if error.to_string().starts_with("a row has more") => {
            Error::limits(error.to_string())
        }
        csv::ErrorKind::Utf8 { .. } => Error::input("expected UTF-8 text"),
        _ => Error::input_from("expected CSV", error),
    }
}

/// Rows of a JSON Lines file: an object a line.
pub(super) struct JsonRows {
    file: BufReader<File>,
    line: Vec<u8>,
}

impl JsonRows {
    pub(super) fn new(file: BufReader<File>) -> Self {
        Self { file, line: vec![] }
    }
}

impl Rows for JsonRows {
    fn next(&mut self, columns: &mut Vec<String>) -> Result<Option<Vec<Cell>>> {
        loop {
            self.line.clear();
            let read = (&mut self.file)
                .take(ROW_LIMIT)
                .read_until(b'\n', &mut self.line)
                .map_err(|e| Error::io_from("cannot read", e))?;
            if read == 0 {
                return Ok(None);
            }
            if read as u64 == ROW_LIMIT {
                return Err(Error::limits(format!("a line has more than {ROW_LIMIT} bytes")));
            }
            if !self.line.iter().all(u8::is_ascii_whitespace) {
                break;
            }
        }
        let object: serde_json::Map<String, Value> = serde_json::from_slice(&self.line)
            .map_err(|e| Error::input_from("expected a JSON object in one line", e))?;
        let mut cells = vec![Cell::Null; columns.len()];
        for (name, value) in object {
            let place = columns.iter().position(|c| *c == name).unwrap_or_else(|| {
                columns.push(name);
                cells.push(Cell::Null);
                columns.len() - 1
            });
            cells[place] = cell(value);
        }
        Ok(Some(cells))
    }
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(v) => Cell::Bool(v),
        Value::String(v) => Cell::Text(v),
        Value::Number(v) => match v.as_i64() {
            Some(v) => Cell::Int(v),
            None => Cell::Float(v.as_f64().unwrap_or(f64::NAN)),
        },
        other => Cell::Json(other),
    }
}
