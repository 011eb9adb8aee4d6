use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{ArrayBuilder, BooleanBuilder, Float64Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use indicia_core::{Error, Result};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde_json::Value;

use super::Cell;
use crate::files::WholeFile;

/// Rows kept in memory before a Parquet row group is written.
const ROW_GROUP: usize = 1 << 16;

/// Type of a column that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// True or false.
    Bool,
    /// Whole numbers.
    Int,
    /// Numbers.
    Float,
    /// Text; lists and records are written as JSON text.
    Text,
}

/// A column that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type.
    pub kind: ColumnType,
}

impl Column {
    /// A column.
    pub fn new(name: impl Into<String>, kind: ColumnType) -> Self {
        Self { name: name.into(), kind }
    }
}

/// Writes a table whole or not at all, in constant memory: Parquet, CSV or JSON Lines by the ending of its
/// name.
pub struct TableWriter {
    columns: Vec<Column>,
    sink: Sink,
    rows: u64,
}

enum Sink {
    Csv(Box<csv::Writer<WholeFile>>),
    Json(WholeFile),
    Parquet { writer: Box<ArrowWriter<WholeFile>>, schema: Arc<Schema>, builders: Vec<Builder> },
}

enum Builder {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Text(StringBuilder),
}

impl TableWriter {
    /// Begins a table.
    ///
    /// # Errors
    /// `Configuration` if the ending is none of `.parquet`, `.csv`, `.jsonl`; `Io`.
    pub fn create(path: &Path, columns: Vec<Column>) -> Result<Self> {
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        if !matches!(ending.as_str(), "parquet" | "csv" | "jsonl") {
            return Err(Error::configuration(format!(
                "{} should end in .parquet, .csv or .jsonl",
                path.display()
            )));
        }
        let file = WholeFile::create(path)?;
        let sink = match ending.as_str() {
            "parquet" => {
                let fields: Vec<_> =
                    columns.iter().map(|c| Field::new(&c.name, c.kind.arrow(), true)).collect();
                let schema = Arc::new(Schema::new(fields));
                let level = ZstdLevel::default();
                let properties =
                    WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
                let writer =
                    ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties)).map_err(failed)?;
                let builders = columns.iter().map(|c| c.kind.builder()).collect();
                Sink::Parquet { writer: Box::new(writer), schema, builders }
            }
            "csv" => {
                let mut writer = csv::Writer::from_writer(file);
                writer.write_record(columns.iter().map(|c| &c.name)).map_err(failed)?;
                Sink::Csv(Box::new(writer))
            }
            _ => Sink::Json(file),
        };
        Ok(Self { columns, sink, rows: 0 })
    }

    /// Writes one row, a cell a column.
    ///
    /// # Errors
    /// `Internal` if a cell does not fit its column; `Io`.
    pub fn push(&mut self, cells: &[Cell]) -> Result<()> {
        if cells.len() != self.columns.len() {
            return Err(Error::internal(format!(
                "row of {} cells for {} columns",
                cells.len(),
                self.columns.len()
            )));
        }
        self.rows += 1;
        match &mut self.sink {
            Sink::Csv(writer) => {
                let fields = cells.iter().map(|cell| cell.text().unwrap_or_default().into_owned());
                writer.write_record(fields).map_err(failed)
            }
            Sink::Json(file) => {
                let mut object = serde_json::Map::new();
                for (column, cell) in self.columns.iter().zip(cells) {
                    if let Some(value) = to_json(cell) {
                        object.insert(column.name.clone(), value);
                    }
                }
                writeln!(file, "{}", Value::Object(object)).map_err(failed)
            }
            Sink::Parquet { writer, schema, builders } => {
                for ((builder, cell), column) in builders.iter_mut().zip(cells).zip(&self.columns) {
                    builder.push(cell).map_err(|e| {
                        Error::internal(format!("row {}, column {}: {e}", self.rows, column.name))
                    })?;
                }
                if builders.first().is_some_and(|b| b.len() >= ROW_GROUP) {
                    write_group(writer, schema, builders)?;
                }
                Ok(())
            }
        }
    }

    /// Finishes the table and gives it its name.
    ///
    /// # Errors
    /// `Io`.
    pub fn finish(self) -> Result<()> {
        match self.sink {
            Sink::Csv(writer) => writer.into_inner().map_err(|e| failed(e.into_error()))?.finish(),
            Sink::Json(file) => file.finish(),
            Sink::Parquet { mut writer, schema, mut builders } => {
                write_group(&mut writer, &schema, &mut builders)?;
                writer.into_inner().map_err(failed)?.finish()
            }
        }
    }
}

fn write_group(
    writer: &mut ArrowWriter<WholeFile>,
    schema: &Arc<Schema>,
    builders: &mut [Builder],
) -> Result<()> {
    let arrays = builders.iter_mut().map(Builder::finish).collect();
    let batch = RecordBatch::try_new(Arc::clone(schema), arrays).map_err(failed)?;
    writer.write(&batch).map_err(failed)?;
    writer.flush().map_err(failed)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::io_from("cannot write the table", error)
}

fn to_json(cell: &Cell) -> Option<Value> {
    Some(match cell {
        Cell::Null => return None,
        Cell::Bool(v) => (*v).into(),
        Cell::Int(v) => (*v).into(),
        Cell::Float(v) if v.is_finite() => (*v).into(),
        // JSON has no infinity; as text it survives a round trip.
        Cell::Float(v) => v.to_string().into(),
        Cell::Text(v) => v.as_str().into(),
        Cell::Json(v) => v.clone(),
    })
}

impl ColumnType {
    fn arrow(self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Text => DataType::Utf8,
        }
    }

    fn builder(self) -> Builder {
        match self {
            Self::Bool => Builder::Bool(BooleanBuilder::new()),
            Self::Int => Builder::Int(Int64Builder::new()),
            Self::Float => Builder::Float(Float64Builder::new()),
            Self::Text => Builder::Text(StringBuilder::new()),
        }
    }
}

impl Builder {
    fn push(&mut self, cell: &Cell) -> Result<()> {
        match (self, cell) {
            (Self::Bool(b), Cell::Null) => b.append_null(),
            (Self::Bool(b), Cell::Bool(v)) => b.append_value(*v),
            (Self::Int(b), Cell::Null) => b.append_null(),
            (Self::Int(b), Cell::Int(v)) => b.append_value(*v),
            (Self::Float(b), cell) => b.append_option(cell.number()?),
            (Self::Text(b), cell) => b.append_option(cell.text()),
            (_, cell) => return Err(Error::internal(format!("{cell:?} does not fit the column's type"))),
        }
        Ok(())
    }

    fn len(&self) -> usize {
        match self {
            Self::Bool(b) => b.len(),
            Self::Int(b) => b.len(),
            Self::Float(b) => b.len(),
            Self::Text(b) => b.len(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Bool(b) => Arc::new(b.finish()),
            Self::Int(b) => Arc::new(b.finish()),
            Self::Float(b) => Arc::new(b.finish()),
            Self::Text(b) => Arc::new(b.finish()),
        }
    }
}
