//! The C side of Hugging Face's crates; the contracts are in hf.h and records.h.

mod border;
mod cells;
mod csv;
mod json;
mod json_c;
mod safetensors;
mod safetensors_c;
mod tables;
mod tables_c;
mod tokenizer;
