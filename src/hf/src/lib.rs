//! The C side of Hugging Face's crates; the contracts are in hf.h and records.h.

mod border;
mod cells;
mod chat_template;
mod csv;
mod json;
mod json_c;
mod python_json;
mod safetensors;
mod safetensors_c;
mod tables;
mod tables_c;
mod text;
mod tokenizer;
