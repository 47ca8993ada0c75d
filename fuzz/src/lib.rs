//! What must hold for any input: one function a target, which panics where a promise is broken.
//!
//! libFuzzer searches for such inputs (`run.sh`); the ordinary test `tests/corpus.rs` replays what it kept. Where another
//! library reads the same format, its reading is the reference: `form_urlencoded`, `multer`, `serde_json`, `roxmltree`.

mod answer;
mod batch;
mod config;
mod definition;
mod json;
mod message;
mod multipart;
mod render;
mod sign;
mod wire;

/// The server's own settings, read from its source: the whole program would take minutes to build for libFuzzer. They need of
/// the rest only what the module below has.
#[doc(hidden)]
#[path = "../../crates/server/src/config/mod.rs"]
pub mod settings;

#[doc(hidden)]
pub mod domain {
    pub mod channel {
        /// The words for how a call answers when patience is out, as the server has them.
        #[derive(Debug)]
        pub struct Pending;

        impl Pending {
            /// Whether there is such a word.
            pub fn from_word(word: &str) -> Option<Pending> {
                ["200", "202", "error"].contains(&word).then_some(Pending)
            }
        }
    }
}

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
    Target { name: "config", run: config::run },
];
