use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use indicia_core::{Error, Result};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use serde_json::Value;

use super::Cell;
use super::read::Rows;

/// Rows decoded at a time.
const BATCH: usize = 8192;

/// Rows of a Parquet file.
pub(super) struct ParquetRows {
    batches: ParquetRecordBatchReader,
    batch: Option<RecordBatch>,
    row: usize,
}

impl ParquetRows {
    pub(super) fn open(file: File, columns: &mut Vec<String>) -> Result<Self> {
        let damaged = |e| Error::input_from("expected a Parquet file", e);
        let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(file))?.map_err(damaged)?;
        columns.extend(builder.schema().fields().iter().map(|field| field.name().clone()));
        if columns.is_empty() {
            return Err(Error::input("the table has no columns"));
        }
        let batches = builder.with_batch_size(BATCH).build().map_err(damaged)?;
        Ok(Self { batches, batch: None, row: 0 })
    }
}

impl Rows for ParquetRows {
    fn next(&mut self, columns: &mut Vec<String>) -> Result<Option<Vec<Cell>>> {
        loop {
            if let Some(batch) = self.batch.as_ref().filter(|batch| self.row < batch.num_rows()) {
                let cells = batch.columns().iter().enumerate().map(|(place, array)| {
                    cell(array.as_ref(), self.row)
                        .map_err(|e| Error::input(format!("column {}: {e}", columns[place])))
                });
                let cells = cells.collect::<Result<_>>()?;
                self.row += 1;
                return Ok(Some(cells));
            }
            self.row = 0;
            self.batch = match guarded(|| self.batches.next())? {
                None => return Ok(None),
                Some(batch) => Some(batch.map_err(|e| Error::input_from("damaged Parquet data", e))?),
            };
        }
    }
}

/// The library is the last that touches bytes from outside; a panic of its is a damaged file.
fn guarded<T>(read: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read)).map_err(|_| Error::input("damaged Parquet data"))
}

fn cell(array: &dyn Array, row: usize) -> Result<Cell> {
    if array.is_null(row) {
        return Ok(Cell::Null);
    }
    macro_rules! int {
        ($type:ty) => {
            Cell::Int(i64::from(array.as_primitive::<$type>().value(row)))
        };
    }
    Ok(match array.data_type() {
        DataType::Null => Cell::Null,
        DataType::Boolean => Cell::Bool(array.as_boolean().value(row)),
        DataType::Int8 => int!(Int8Type),
        DataType::Int16 => int!(Int16Type),
        DataType::Int32 => int!(Int32Type),
        DataType::Int64 => int!(Int64Type),
        DataType::UInt8 => int!(UInt8Type),
        DataType::UInt16 => int!(UInt16Type),
        DataType::UInt32 => int!(UInt32Type),
        DataType::UInt64 => {
            let value = array.as_primitive::<UInt64Type>().value(row);
            i64::try_from(value).map_or(Cell::Float(value as f64), Cell::Int)
        }
        DataType::Float32 => Cell::Float(f64::from(array.as_primitive::<Float32Type>().value(row))),
        DataType::Float64 => Cell::Float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => Cell::from(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Cell::from(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Cell::from(array.as_string_view().value(row)),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let key = dictionary.normalized_keys()[row];
            return cell(dictionary.values().as_ref(), key);
        }
        DataType::List(_) => list(&array.as_list::<i32>().value(row))?,
        DataType::LargeList(_) => list(&array.as_list::<i64>().value(row))?,
        DataType::FixedSizeList(..) => list(&array.as_fixed_size_list().value(row))?,
        DataType::Struct(fields) => {
            let record = array.as_struct();
            let mut object = serde_json::Map::new();
            for (field, column) in fields.iter().zip(record.columns()) {
                object.insert(field.name().clone(), json(cell(column.as_ref(), row)?));
            }
            Cell::Json(Value::Object(object))
        }
        other => return Err(Error::unsupported(format!("values of type {other} are not read"))),
    })
}

fn list(values: &Arc<dyn Array>) -> Result<Cell> {
    let items = (0..values.len()).map(|i| cell(values.as_ref(), i).map(json)).collect::<Result<_>>()?;
    Ok(Cell::Json(Value::Array(items)))
}

fn json(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(v) => v.into(),
        Cell::Int(v) => v.into(),
        Cell::Float(v) => v.into(),
        Cell::Text(v) => v.into(),
        Cell::Json(v) => v,
    }
}
