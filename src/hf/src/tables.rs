//! Rows of Parquet files and Arrow streams.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::MessageHeader;
use arrow_schema::{ArrowError, SchemaRef};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::ProjectionMask;

use crate::cells::{cell, unread_type};
use crate::json::MAX_NAMES;
use crate::json_c::{Value, MISSING};

/// Rows are decoded together up to about this many bytes.
const BATCH_BYTES: i64 = 16 << 20;
const BATCH_ROWS: i64 = 1024;

/// Rows that can be read without those before them: a row group, a record batch.
pub struct Part {
    pub first_row: i64,
    pub n_rows: i64,
    pub n_bytes: i64,
    /// Where a record batch begins in its file.
    offset: u64,
}

enum Source {
    Parquet(ArrowReaderMetadata),
    /// The stream up to its first record batch: the schema and the dictionaries.
    Arrow(Vec<u8>),
}

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>;

pub struct Table {
    file: File,
    source: Source,
    schema: SchemaRef,
    pub parts: Vec<Part>,
    wanted: Vec<String>,
    projection: Vec<usize>,
    batches: Option<Batches>,
    /// Of the batch that is being read, one a wanted name.
    columns: Vec<Option<ArrayRef>>,
    texts: Vec<String>,
    /// The batch's first row in the file, its rows, and the next one to give.
    first_row: i64,
    n_in_batch: i64,
    next_row: i64,
}

fn parquet_source(file: &File) -> Result<(Source, SchemaRef, Vec<Part>), String> {
    let metadata = ArrowReaderMetadata::load(file, ArrowReaderOptions::new())
        .map_err(|e| format!("cannot be read as Parquet: {e}"))?;
    let mut first_row = 0;
    let mut parts = Vec::new();
    for group in metadata.metadata().row_groups() {
        let (n_rows, n_bytes) = (group.num_rows(), group.total_byte_size());
        parts.push(Part { first_row, n_rows, n_bytes, offset: 0 });
        first_row += n_rows;
    }
    let schema = metadata.schema().clone();
    Ok((Source::Parquet(metadata), schema, parts))
}

/// Bytes of the next message's header (0: the end of the stream) and of what stands before it.
fn message_length(file: &mut impl Read) -> Result<Option<(usize, u64)>, String> {
    let mut word = [0; 4];
    let mut n = 0;
    while n < 4 {
        match file.read(&mut word[n..]).map_err(|e| e.to_string())? {
            0 if n == 0 => return Ok(None),
            0 => return Err("it is truncated".into()),
            more => n += more,
        }
    }
    // Streams of before 2019 lack the marker.
    if word != [0xFF; 4] {
        return Ok(Some((u32::from_le_bytes(word) as usize, 4)));
    }
    file.read_exact(&mut word).map_err(|_| "it is truncated")?;
    Ok(Some((u32::from_le_bytes(word) as usize, 8)))
}

fn walk_stream(file: &mut File) -> Result<(Vec<u8>, Vec<Part>), String> {
    let size = file.metadata().map_err(|e| e.to_string())?.len();
    let mut reader = BufReader::new(file);
    let (mut at, mut first_row, mut prefix) = (0u64, 0i64, 0u64);
    let mut parts = Vec::new();
    let mut header = Vec::new();
    while let Some((n, before)) = message_length(&mut reader)? {
        if n == 0 {
            break;
        }
        if at + before + n as u64 > size {
            return Err("it is truncated".into());
        }
        header.resize(n, 0);
        reader.read_exact(&mut header).map_err(|_| "it is truncated")?;
        let message = arrow_ipc::root_as_message(&header).map_err(|e| e.to_string())?;
        let body = u64::try_from(message.bodyLength()).map_err(|_| "a length below 0")?;
        let end = at + before + n as u64 + body;
        if end > size {
            return Err("it is truncated".into());
        }
        match message.header_type() {
            MessageHeader::RecordBatch => {
                let batch = message.header_as_record_batch().ok_or("a batch without header")?;
                let n_rows = batch.length();
                parts.push(Part { first_row, n_rows, n_bytes: body as i64, offset: at });
                first_row += n_rows;
            }
            _ if parts.is_empty() => prefix = end,
            _ => return Err("dictionaries stand between its record batches".into()),
        }
        reader.seek_relative(body as i64).map_err(|e| e.to_string())?;
        at = end;
    }
    let mut bytes = vec![0; prefix as usize];
    reader.seek(SeekFrom::Start(0)).map_err(|e| e.to_string())?;
    reader.read_exact(&mut bytes).map_err(|e| e.to_string())?;
    Ok((bytes, parts))
}

fn arrow_source(file: &mut File) -> Result<(Source, SchemaRef, Vec<Part>), String> {
    let wrong = |e: String| format!("cannot be read as an Arrow stream: {e}");
    let mut start = [0; 6];
    if matches!(file.read(&mut start), Ok(6)) && &start == b"ARROW1" {
        return Err(wrong(
            "it is an Arrow file of the other kind (IPC file, Feather); `datasets` saves streams"
                .into(),
        ));
    }
    file.rewind().map_err(|e| e.to_string())?;
    let (prefix, parts) = walk_stream(file).map_err(wrong)?;
    let reader =
        StreamReader::try_new(Cursor::new(&prefix), None).map_err(|e| wrong(e.to_string()))?;
    let schema = reader.schema();
    Ok((Source::Arrow(prefix), schema, parts))
}

impl Table {
    pub fn open(path: &Path, is_arrow: bool) -> Result<Table, String> {
        let mut file = File::open(path).map_err(|e| format!("cannot be opened: {e}"))?;
        let (source, schema, parts) =
            if is_arrow { arrow_source(&mut file)? } else { parquet_source(&file)? };
        Ok(Table {
            file,
            source,
            schema,
            parts,
            wanted: vec![],
            projection: vec![],
            batches: None,
            columns: vec![],
            texts: vec![],
            first_row: 0,
            n_in_batch: 0,
            next_row: 0,
        })
    }

    pub fn n_rows(&self) -> i64 {
        self.parts.last().map_or(0, |part| part.first_row + part.n_rows)
    }

    pub fn n_selected(&self) -> usize {
        self.wanted.len()
    }

    pub fn all_names(&self) -> Vec<String> {
        self.schema.fields().iter().map(|f| f.name().clone()).collect()
    }

    /// The first of them, for a message.
    pub fn names(&self) -> String {
        let names = self.all_names();
        names[..names.len().min(MAX_NAMES)].join(", ")
    }

    pub fn select(&mut self, wanted: Vec<String>) -> Result<(), String> {
        let mut projection = Vec::new();
        for name in &wanted {
            let Ok(index) = self.schema.index_of(name) else { continue };
            if let Some(kind) = unread_type(self.schema.field(index).data_type()) {
                return Err(format!(
                    "column '{name}' is of type {kind}; strings, numbers, booleans and lists or \
                     structs of them are read"
                ));
            }
            projection.push(index);
        }
        projection.sort_unstable();
        projection.dedup();
        self.texts = vec![String::new(); wanted.len()];
        self.columns = vec![None; wanted.len()];
        self.wanted = wanted;
        self.projection = projection;
        self.batches = None;
        self.n_in_batch = 0;
        self.next_row = 0;
        Ok(())
    }

    /// Makes the batches that follow from part `p` on, the first of them without `skip` rows.
    fn batches_from(&self, p: usize, skip: i64) -> Result<Batches, String> {
        let mut file = self.file.try_clone().map_err(|e| e.to_string())?;
        match &self.source {
            Source::Parquet(metadata) => {
                let part = &self.parts[p];
                let row_bytes = (part.n_bytes / part.n_rows.max(1)).max(1);
                let builder =
                    ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
                let columns = ProjectionMask::roots(
                    builder.parquet_schema(),
                    self.projection.iter().copied(),
                );
                let reader = builder
                    .with_projection(columns)
                    .with_row_groups((p..self.parts.len()).collect())
                    .with_offset(skip as usize)
                    .with_batch_size((BATCH_BYTES / row_bytes).clamp(1, BATCH_ROWS) as usize)
                    .build()
                    .map_err(|e| e.to_string())?;
                Ok(Box::new(reader))
            }
            Source::Arrow(prefix) => {
                file.seek(SeekFrom::Start(self.parts[p].offset)).map_err(|e| e.to_string())?;
                let stream = Cursor::new(prefix.clone()).chain(BufReader::new(file));
                let reader = StreamReader::try_new(stream, Some(self.projection.clone()))
                    .map_err(|e| e.to_string())?;
                Ok(Box::new(reader))
            }
        }
    }

    pub fn seek(&mut self, row: i64) -> Result<(), String> {
        let end = self.first_row + self.n_in_batch;
        let part = |row| self.parts.partition_point(|p| p.first_row + p.n_rows <= row);
        let is_in_batch = row >= self.first_row && row < end;
        // Inside a part it is cheaper to go on than to start its pages again.
        let goes_on = self.batches.is_some() && row >= end && part(row) == part(end);
        self.next_row = row;
        if !is_in_batch && !goes_on {
            self.batches = None;
            self.n_in_batch = 0;
        }
        Ok(())
    }

    /// Makes the batch with the next row the current one; false at the end.
    fn load(&mut self) -> Result<bool, String> {
        if self.next_row >= self.n_rows() {
            return Ok(false);
        }
        if self.batches.is_none() {
            let p = self.parts.partition_point(|p| p.first_row + p.n_rows <= self.next_row);
            // A record batch is read whole; of a row group the first rows can be left out.
            let skip = match self.source {
                Source::Parquet(_) => self.next_row - self.parts[p].first_row,
                Source::Arrow(_) => 0,
            };
            self.first_row = self.parts[p].first_row + skip;
            self.n_in_batch = 0;
            self.batches = Some(self.batches_from(p, skip)?);
        }
        while self.next_row >= self.first_row + self.n_in_batch {
            self.first_row += self.n_in_batch;
            let next = self.batches.as_mut().and_then(Iterator::next);
            let batch = next.ok_or("holds fewer rows than its header says")?;
            let batch = batch.map_err(|e| e.to_string())?;
            self.n_in_batch = batch.num_rows() as i64;
            self.columns =
                self.wanted.iter().map(|name| batch.column_by_name(name).cloned()).collect();
        }
        Ok(true)
    }

    pub fn next(&mut self, values: &mut [Value]) -> Result<bool, String> {
        if self.next_row >= self.first_row + self.n_in_batch
            || self.next_row < self.first_row
            || self.batches.is_none()
        {
            if !self.load()? {
                return Ok(false);
            }
        }
        let row = (self.next_row - self.first_row) as usize;
        for (i, value) in values.iter_mut().enumerate() {
            *value = match &self.columns[i] {
                None => Value::new(MISSING, b""),
                Some(column) => cell(column, row, &mut self.texts[i])
                    .map_err(|e| format!("column '{}' {e}", self.wanted[i]))?,
            };
        }
        self.next_row += 1;
        Ok(true)
    }
}
