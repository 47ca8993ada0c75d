//! What must hold for any input: one function a target, which panics where a promise is broken.
//!
//! libFuzzer searches for such inputs (`run.sh`); the ordinary test `tests/corpus.rs` replays what it kept. Where another
//! library reads the same format, its reading is the reference: `form_urlencoded`, `multer`, `serde_json`, `roxmltree`.

mod answer;
mod batch;
mod definition;
mod json;
mod message;
mod multipart;
mod render;
mod sign;
mod wire;

/// A property over bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// What it is called on the command line, and the name of its folder in `corpus/`.
    pub name: &'static str,
    /// Panics if the property does not hold.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "wire", run: wire::run },
    Target { name: "sign", run: sign::run },
    Target { name: "multipart", run: multipart::run },
    Target { name: "batch", run: batch::run },
    Target { name: "json", run: json::run },
    Target { name: "render", run: render::run },
    Target { name: "answer", run: answer::run },
];
