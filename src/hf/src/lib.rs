//! The C side of Hugging Face's crates; the contract is in hf.h.

mod border;
mod safetensors;
mod safetensors_c;
mod tokenizer;
