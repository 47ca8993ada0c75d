//! A body on its way to the disk: by and by, within its bounds, and not for ever.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody as _};
use futures_util::StreamExt;
use http::StatusCode;
use store::blobs::{Blobs, Staged};
use tokio::time::{Instant, timeout, timeout_at};

use crate::chat::Refused;

/// How long nothing may come before the sender is taken for gone.
const STALLED: Duration = Duration::from_secs(30);
/// How long the whole may take: 20 MiB over a slow mobile network.
const WHOLE: Duration = Duration::from_mins(15);
/// After this time, what came so far must be as much as a slow network brings: a sender that trickles holds a place that
/// others wait for.
const PATIENCE: Duration = Duration::from_secs(30);
/// And this is as much, bytes a second after that time. What takes [`WHOLE`] comes six times as fast.
const SLOWEST: u64 = 4096;
/// What is refused is read to its end up to this, so that a browser that is still sending gets to read why.
const DRAIN_BYTES: usize = 32 << 20;
/// And for no longer than this.
const DRAIN: Duration = Duration::from_secs(30);

const STALLED_ANSWER: Refused = Refused::new(
    StatusCode::REQUEST_TIMEOUT,
    "stalled",
    "上传中断：30 秒没有收到数据，请重试",
    "The upload stalled for 30 seconds: send it again",
);
const TOO_SLOW: Refused = Refused::new(
    StatusCode::REQUEST_TIMEOUT,
    "too_slow",
    "网络太慢，上传已停止，请换个网络后重试",
    "The upload was too slow and was stopped: try again on a better network",
);
const BROKEN_OFF: Refused = Refused::new(
    StatusCode::BAD_REQUEST,
    "broken_off",
    "上传中断，请重试",
    "The upload broke off: send it again",
);
const STORAGE_FULL: Refused = Refused::new(
    StatusCode::SERVICE_UNAVAILABLE,
    "storage_full",
    "服务器的存储空间已满，文件没有保存，请稍后再试",
    "The server has no room for files at the moment, this one was not kept: try again later",
)
.after(60);

/// Takes the body, at most so many bytes of it.
pub(super) async fn receive(blobs: &Blobs, body: &mut BodyDataStream, most: u64) -> Result<Staged, Refused> {
    let mut upload = blobs.begin(most).await.map_err(refused)?;
    let began = Instant::now();
    let (end, mut arrived) = (began + WHOLE, 0_u64);
    loop {
        match timeout_at(end.min(Instant::now() + STALLED), body.next()).await {
            Ok(Some(Ok(chunk))) => {
                upload.write(&chunk).await.map_err(refused)?;
                arrived += chunk.len() as u64;
                let late = began.elapsed().saturating_sub(PATIENCE).as_secs();
                if arrived < late * SLOWEST {
                    return Err(TOO_SLOW);
                }
            }
            Ok(None) => return upload.finish().await.map_err(refused),
            Ok(Some(Err(_))) => return Err(BROKEN_OFF),
            Err(_) => return Err(STALLED_ANSWER),
        }
    }
}

/// Reads what is not wanted.
pub(super) async fn drain(mut body: BodyDataStream) {
    let read = async {
        let mut seen = 0;
        while let Some(Ok(chunk)) = body.next().await {
            seen += chunk.len();
            if seen > DRAIN_BYTES {
                break;
            }
        }
    };
    // Whoever sends more slowly is cut off.
    let _ = timeout(DRAIN, read).await;
}

/// What the store's refusal is to people.
pub(super) fn refused(error: store::Error) -> Refused {
    match error {
        store::Error::TooLarge { most } => too_large(most),
        store::Error::NoRoom(_) => {
            tracing::error!(%error, "a file was not kept");
            STORAGE_FULL
        }
        other => other.into(),
    }
}

/// A file that is larger than it may be.
pub(super) fn too_large(most: u64) -> Refused {
    let most = size(most);
    Refused::said(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        format!("文件太大：最多 {most}，可以压缩或分开发送"),
        format!("The file is too large: at most {most}. Compress it, or send it in parts"),
    )
}

/// A number of bytes as people read it.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..0x10_0000 => format!("{} KB", bytes >> 10),
        0x10_0000..0x4000_0000 => format!("{} MB", bytes >> 20),
        _ => format!("{} GB", bytes >> 30),
    }
}

/// How long the body is, where the head of the request says so.
pub(super) fn announced(body: &Body) -> Option<u64> {
    body.size_hint().exact()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::response::IntoResponse;
    use futures_util::stream;

    use super::*;

    fn blobs() -> (tempfile::TempDir, Blobs) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        (folder, blobs)
    }

    /// The clock stands still until nothing else is left to do, and then jumps to the next deadline.
    #[tokio::test(start_paused = true)]
    async fn an_upload_that_stalls_or_trickles_is_given_up_and_leaves_nothing() {
        let (folder, blobs) = blobs();
        let first = stream::iter([Ok::<_, Infallible>("half a body")]);
        let mut stalls = Body::from_stream(first.chain(stream::pending())).into_data_stream();
        let refused = receive(&blobs, &mut stalls, 1000).await.unwrap_err();
        assert_eq!(
            (refused.code(), refused.into_response().status()),
            ("stalled", StatusCode::REQUEST_TIMEOUT)
        );
        let trickle = stream::repeat("1").then(|byte| async move {
            tokio::time::sleep(Duration::from_secs(20)).await;
            Ok::<_, Infallible>(byte)
        });
        let mut trickles = Body::from_stream(trickle).into_data_stream();
        let began = Instant::now();
        assert_eq!(receive(&blobs, &mut trickles, 1000).await.unwrap_err().code(), "too_slow");
        assert!(began.elapsed() <= Duration::from_secs(40), "it holds its place no longer");
        // A slow network all the same brings it.
        let slow = stream::iter(0..20).then(|_| async {
            tokio::time::sleep(Duration::from_secs(10)).await;
            Ok::<_, Infallible>(vec![0; 50_000])
        });
        let mut slow = Body::from_stream(slow).into_data_stream();
        assert_eq!(receive(&blobs, &mut slow, 1_000_000).await.unwrap().bytes(), 1_000_000);
        let mut whole = Body::from("whole").into_data_stream();
        assert_eq!(receive(&blobs, &mut whole, 5).await.unwrap().bytes(), 5);
        let mut breaks = Body::from_stream(stream::iter([Ok("x"), Err("gone")])).into_data_stream();
        assert_eq!(receive(&blobs, &mut breaks, 5).await.unwrap_err().code(), "broken_off");
        assert_eq!(std::fs::read_dir(folder.path().join(".incoming")).unwrap().count(), 0);
    }

    #[test]
    fn sizes_are_told_in_units_that_people_know() {
        assert_eq!([size(9), size(1024), size(20 << 20), size(1 << 30)], ["9 B", "1 KB", "20 MB", "1 GB"]);
    }
}
