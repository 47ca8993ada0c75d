//! What a file is, found in its content; a picture is made fit to be shown. Nothing is in its place yet.

use http::StatusCode;
use store::blobs::Staged;
use tokio::task::spawn_blocking;

use super::receive::refused;
use crate::{
    app::App,
    chat::Refused,
    domain::attachment::Kind,
    media::{self, DECODE_MIB, HEAD, Measured, OCTETS, PIXELS_MAX, Picture, Sniffed, Unfit},
};

/// The longest that something spoken is said to be.
const SPOKEN_MS: i64 = 5 * 60_000;

/// What a file is, and its bytes as they are to be kept.
pub(super) struct Examined {
    pub(super) kind: Kind,
    pub(super) media_type: &'static str,
    /// Those that fit, if the name must have one of them.
    pub(super) extensions: &'static [&'static str],
    pub(super) size: Option<(i64, i64)>,
    pub(super) duration_ms: Option<i64>,
    pub(super) content: Staged,
    pub(super) thumb: Option<Staged>,
}

impl Examined {
    fn file(media_type: &'static str, content: Staged) -> Self {
        Self {
            kind: Kind::File,
            media_type,
            extensions: &[],
            size: None,
            duration_ms: None,
            content,
            thumb: None,
        }
    }
}

/// Looks at a file that has arrived. `ms`: how long it plays, if the sender recorded it here.
pub(super) async fn examine(app: &App, staged: Staged, ms: Option<i64>) -> Result<Examined, Refused> {
    let (head, staged) = staged.content(HEAD as u64).await.map_err(refused)?;
    match media::sniff(&head, ms.is_some()) {
        Sniffed::Picture(format) => picture(app, staged, format).await,
        Sniffed::Sound(media_type, extensions) => {
            let duration_ms = ms.map(|ms| media::wav_ms(&head).unwrap_or(ms).clamp(1, SPOKEN_MS));
            let kind = if ms.is_some() { Kind::Voice } else { Kind::File };
            Ok(Examined { kind, extensions, duration_ms, ..Examined::file(media_type, staged) })
        }
        Sniffed::Other(media_type) => Ok(Examined::file(media_type, staged)),
    }
}

async fn picture(app: &App, staged: Staged, format: image::ImageFormat) -> Result<Examined, Refused> {
    // Before its content is in memory: only so many at a time.
    let few = app.uploads.decoding.acquire_many(DECODE_MIB / 2).await;
    let (content, staged) = staged.content(u64::MAX).await.map_err(refused)?;
    let (measured, content) = aside(move || (media::measure(format, &content), content)).await?;
    let prepared = match measured {
        Ok(measured) if measured.permits() > DECODE_MIB / 2 => {
            drop(few);
            let _all = app.uploads.decoding.acquire_many(measured.permits()).await;
            prepare(measured, content).await?
        }
        Ok(measured) => prepare(measured, content).await?,
        Err(unfit) => Err(unfit),
    };
    let Picture { width, height, small, stripped } = match prepared {
        Ok(picture) => picture,
        Err(Unfit::TooLarge { width, height }) => return Err(too_many_pixels(width, height)),
        // It is a file all the same, if not one to be shown.
        Err(Unfit::Broken) => return Ok(Examined::file(OCTETS, staged)),
    };
    let content = match stripped {
        Some(stripped) => app.blobs.stage(stripped).await.map_err(refused)?,
        None => staged,
    };
    let thumb = match small {
        Some(small) => Some(app.blobs.stage(small).await.map_err(refused)?),
        None => None,
    };
    let size = Some((width.into(), height.into()));
    let kind = Kind::Image;
    let extensions = format.extensions_str();
    Ok(Examined { kind, extensions, size, thumb, ..Examined::file(format.to_mime_type(), content) })
}

async fn prepare(measured: Measured, content: Vec<u8>) -> Result<Result<Picture, Unfit>, Refused> {
    aside(move || media::prepare(measured, &content)).await
}

/// Does what takes a processor's time beside the runtime.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refused> {
    // A panic was logged by its hook.
    spawn_blocking(work).await.map_err(|_| Refused::FAILED)
}

fn too_many_pixels(width: u32, height: u32) -> Refused {
    let most = PIXELS_MAX / 1_000_000;
    Refused::said(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_many_pixels",
        format!("图片尺寸太大（{width}×{height}），最多 {most} 百万像素，请缩小后再发"),
        format!(
            "The picture is too large ({width}×{height}): at most {most} megapixels. Make it smaller and send it again"
        ),
    )
}
