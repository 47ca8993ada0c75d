//! Where the bytes come from: a file, or standard input.

use std::{
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek as _},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sha2::{Digest as _, Sha256};

use super::{
    Encoding, Error,
    encoding::{BOM, Detector},
};

/// How much of standard input is looked at to find encoding and delimiter.
const HEAD: usize = 64 * 1024;

/// Bytes to read, and what was found out about them before.
pub struct Source {
    /// What is read, without a byte order mark.
    pub(super) bytes: Box<dyn io::BufRead + Send>,
    /// The beginning, to find the delimiter.
    pub(super) head: Vec<u8>,
    /// What the text looks like.
    pub(super) detected: Result<Encoding, Error>,
    /// The file's SHA-256; standard input has none before it was read.
    pub digest: Option<[u8; 32]>,
    /// How long the file is.
    pub length: Option<u64>,
    /// How many bytes were read.
    pub position: Arc<AtomicU64>,
}

impl Source {
    /// A file. It is read twice: once for its digest and its encoding, which have to be known before the first row.
    pub fn file(path: &Path) -> Result<Self, Error> {
        let what = || format!("cannot read {}", path.display());
        let mut file = File::open(path).map_err(Error::io(what()))?;
        let mut pass = FirstPass::default();
        let mut block = vec![0; 256 * 1024];
        let mut kept = 0;
        let mut length = 0;
        loop {
            let read = file.read(&mut block[kept..]).map_err(Error::io(what()))?;
            length += read as u64;
            pass.digest.update(&block[kept..kept + read]);
            let filled = kept + read;
            // Whole lines only, so that no character is cut in two; unless a line is longer than the block.
            let whole = match block[..filled].iter().rposition(|b| *b == b'\n') {
                Some(at) if read > 0 => at + 1,
                _ => filled,
            };
            pass.look(&block[..whole]);
            block.copy_within(whole..filled, 0);
            kept = filled - whole;
            if read == 0 {
                break;
            }
        }
        file.rewind().map_err(Error::io(what()))?;
        let digest = Some(pass.digest.finalize().into());
        // What is appended meanwhile belongs to another import.
        Ok(Self::new(Box::new(file.take(length)), pass.head, &pass.detector, digest, Some(length)))
    }

    /// Standard input, or what else can only be read once.
    pub fn stream(mut stream: impl Read + Send + 'static) -> Result<Self, Error> {
        let mut head = Vec::new();
        let read = (&mut stream).take(HEAD as u64).read_to_end(&mut head);
        read.map_err(Error::io("cannot read standard input"))?;
        let mut pass = FirstPass::default();
        let whole = head.iter().rposition(|b| *b == b'\n').map_or(head.len(), |at| at + 1);
        pass.look(&head[..whole]);
        let bytes = Box::new(Cursor::new(head).chain(stream));
        Ok(Self::new(bytes, pass.head, &pass.detector, None, None))
    }

    fn new(
        bytes: Box<dyn Read + Send>,
        head: Vec<u8>,
        detector: &Detector,
        digest: Option<[u8; 32]>,
        length: Option<u64>,
    ) -> Self {
        let position = Arc::new(AtomicU64::new(0));
        let counted = Counted { inner: bytes, position: Arc::clone(&position) };
        let mut bytes = BufReader::with_capacity(64 * 1024, counted);
        let marked = head.starts_with(BOM);
        let bytes: Box<dyn io::BufRead + Send> = if marked {
            // A failure to read comes again at the first row.
            drop(bytes.read_exact(&mut [0; BOM.len()]));
            Box::new(bytes)
        } else {
            Box::new(bytes)
        };
        let head = head.strip_prefix(BOM).map(<[u8]>::to_vec).unwrap_or(head);
        Self { bytes, head, detected: detector.found(), digest, length, position }
    }
}

#[derive(Default)]
struct FirstPass {
    digest: Sha256,
    detector: Detector,
    head: Vec<u8>,
}

impl FirstPass {
    fn look(&mut self, lines: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len()).min(lines.len());
        self.head.extend_from_slice(&lines[..room]);
        self.detector.look(lines);
    }
}

struct Counted {
    inner: Box<dyn Read + Send>,
    position: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.position.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
