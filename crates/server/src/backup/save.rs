//! Taking a backup.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

use store::{Engine, Location, backup, blobs::INCOMING};

use super::{
    BLOBS, Error, Manifest, Progress,
    files::{self, Passing},
    manifest,
};

/// How often who watches is told how far the database's copy is.
const LOOK: Duration = Duration::from_millis(200);

/// Takes a backup of a database, which may be in use, and of the folder of its blobs, into a new folder. Until it is whole
/// and synced the folder is called `NAME.partial`; one that fails is removed.
///
/// # Errors
/// The name is taken; the store's; a file's.
pub async fn save(
    location: &Location,
    blobs: &Path,
    to: &Path,
    taken_at: String,
    progress: &dyn Progress,
) -> Result<Manifest, Error> {
    if to.symlink_metadata().is_ok() {
        return Err(Error::Taken(to.to_owned()));
    }
    let partial = partial(to)?;
    let parent = partial.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    files::make_folder(&partial).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Error::Partial(partial.clone()),
        _ => Error::file(&partial)(error),
    })?;
    let written = write(location, blobs, &partial, taken_at, progress).await;
    let finished = written.and_then(|manifest| {
        fs::rename(&partial, to).map_err(Error::file(to))?;
        files::sync(parent)?;
        Ok(manifest)
    });
    if finished.is_err() && partial.exists() {
        // The first error is the one to tell.
        drop(fs::remove_dir_all(&partial));
    }
    finished
}

fn partial(to: &Path) -> Result<PathBuf, Error> {
    let Some(name) = to.file_name() else {
        return Err(Error::Refused(format!("{} is not a name for a new folder", to.display())));
    };
    let mut name = name.to_owned();
    name.push(".partial");
    Ok(to.with_file_name(name))
}

async fn write(
    location: &Location,
    blobs: &Path,
    folder: &Path,
    taken_at: String,
    progress: &dyn Progress,
) -> Result<Manifest, Error> {
    let engine = match location {
        Location::Sqlite(_) => Engine::Sqlite,
        Location::Postgres(_) => Engine::Postgres,
    };
    let name = manifest::database(engine);
    let copy = folder.join(name);
    // Made by us, for its mode; the copy is written into it.
    drop(files::make(&copy)?);
    let contents = watched(location, &copy, progress).await?;
    let mut manifest = Manifest::new(engine, contents, taken_at);
    let bytes = fs::metadata(&copy).map_err(Error::file(&copy))?.len();
    progress.begin("checksum of the database", bytes);
    manifest.files.insert(name.to_owned(), Passing::new(progress).hash(&copy)?);
    // After the database: what its rows name is there.
    copy_blobs(blobs, folder, &mut manifest, progress)?;
    manifest.write(folder)?;
    files::sync_all(folder)?;
    Ok(manifest)
}

/// Copies the database, telling how long the copy is so far.
async fn watched(
    location: &Location,
    copy: &Path,
    progress: &dyn Progress,
) -> Result<backup::Contents, Error> {
    let size = match location {
        Location::Sqlite(path) => fs::metadata(path).map_or(0, |file| file.len()),
        Location::Postgres(_) => 0,
    };
    progress.begin("copy of the database", size);
    let mut copying = std::pin::pin!(backup::snapshot(location, copy));
    loop {
        tokio::select! {
            contents = &mut copying => return Ok(contents?),
            () = tokio::time::sleep(LOOK) => progress.at(fs::metadata(copy).map_or(0, |file| file.len())),
        }
    }
}

fn copy_blobs(
    from: &Path,
    folder: &Path,
    manifest: &mut Manifest,
    progress: &dyn Progress,
) -> Result<(), Error> {
    // What is being written or removed is no blob.
    let found = files::below_but(from, Some(INCOMING))?;
    if found.is_empty() {
        return Ok(());
    }
    let bytes = found.iter().filter_map(|(_, path)| path.metadata().ok()).map(|file| file.len()).sum();
    progress.begin("copy of the blobs", bytes);
    let mut passing = Passing::new(progress);
    for (name, path) in found {
        let name = format!("{BLOBS}/{name}");
        let to = folder.join(&name);
        let gone = |error: &Error| matches!(error, Error::File { path: gone, source } if *gone == path && source.kind() == ErrorKind::NotFound);
        let mut copied = passing.copy(&path, &to, folder);
        if copied.as_ref().is_err_and(gone) {
            // Removed while we copied others; no row of the copy needs it. Or only set aside for a moment.
            fs::remove_file(&to).map_err(Error::file(&to))?;
            std::thread::sleep(LOOK);
            copied = passing.copy(&path, &to, folder);
        }
        match copied {
            Ok(fact) => drop(manifest.files.insert(name, fact)),
            Err(error) if gone(&error) => fs::remove_file(&to).map_err(Error::file(&to))?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
