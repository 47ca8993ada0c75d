//! The library as its users see it: captured requests of real SDKs, published vectors, golden bytes, properties.

mod answers;
mod arguments;
mod batch;
mod client;
mod clients;
mod errors;
mod everything;
mod fixtures;
mod properties;
mod tampering;
mod vectors;
mod wire;
