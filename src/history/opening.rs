//! Opens the file in whatever state it is: missing, older, newer, damaged, somebody else's, opened by others at this moment.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::fcntl::{Flock, FlockArg};
use rusqlite::{Connection, OpenFlags};

use super::HistoryError;
use super::schema::{APPLICATION, VERSION, migrate, version};
use crate::domain::Timestamp;

/// Others may write for so long before we give up.
const BUSY: Duration = Duration::from_secs(20);
/// A file up to this size is looked through when it is opened; a larger one takes too long, and damage shows when it is met.
const CHECKED_BYTES: u64 = 64 << 20;
/// Where locks of shared memory cannot be trusted: NFS, SMB, CIFS, 9P, FUSE, AFS, Ceph.
const NETWORK_FILE_SYSTEMS: [i64; 8] = [
    0x6969,
    0x517b,
    0xff53_4d42,
    0x0102_1997,
    0x6573_5546,
    0x5346_414f,
    0x00c3_6400,
    0xfe53_4d42,
];

/// An open store.
#[derive(Debug)]
pub struct Opened {
    /// The connection.
    pub connection: Connection,
    /// Where a damaged file was put, if there was one.
    pub moved_aside: Option<PathBuf>,
    /// Whether it was written by a newer version, and must not be written.
    pub is_read_only: bool,
}

/// Opens the store at this path, and makes it if it is not there. Several processes may do so at once.
pub fn open_store(path: &Path) -> Result<Opened, HistoryError> {
    let file_error = |error| HistoryError::File(path.to_owned(), error);
    let folder = path.parent().unwrap_or(Path::new("."));
    make_private_folder(folder)?;
    // Held while the file is looked at, moved aside or brought to this version: two must not do that at once.
    let _lock = lock(&path.with_extension("lock")).map_err(file_error)?;
    let mut moved_aside = None;
    if path.is_dir() {
        moved_aside = Some(move_aside(path).map_err(file_error)?);
    }
    match try_open(path) {
        Err(error) if error.is_damage() => {
            moved_aside = Some(move_aside(path).map_err(file_error)?);
            try_open(path)
        }
        other => other,
    }
    .map(|opened| Opened { moved_aside, ..opened })
}

fn make_private_folder(folder: &Path) -> Result<(), HistoryError> {
    let file_error = |error| HistoryError::File(folder.to_owned(), error);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(file_error)?;
    let found = fs::metadata(folder).map_err(file_error)?;
    if found.uid() != nix::unistd::geteuid().as_raw() {
        return Err(HistoryError::Foreign(folder.to_owned()));
    }
    if found.mode() & 0o077 != 0 {
        fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(file_error)?;
    }
    Ok(())
}

/// Opens a file of ours, makes it if need be, and closes it to others whatever the umask.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    if file.metadata()?.mode() & 0o777 != 0o600 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

fn lock(path: &Path) -> io::Result<Flock<File>> {
    let mut file = private_file(path)?;
    loop {
        match Flock::lock(file, FlockArg::LockExclusive) {
            Ok(lock) => return Ok(lock),
            Err((back, nix::errno::Errno::EINTR)) => file = back,
            Err((_, error)) => return Err(error.into()),
        }
    }
}

fn try_open(path: &Path) -> Result<Opened, HistoryError> {
    let file = private_file(path).map_err(|error| HistoryError::File(path.to_owned(), error))?;
    let bytes = file.metadata().map_or(0, |found| found.len());
    drop(file);
    let database_error = |error| HistoryError::Database(path.to_owned(), error);
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(database_error)?;
    let is_newer = check(&connection, bytes).map_err(database_error)?;
    if is_newer {
        return Ok(Opened {
            connection: connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(database_error)?,
            moved_aside: None,
            is_read_only: true,
        });
    }
    prepare(&mut connection, path).map_err(database_error)?;
    Ok(Opened {
        connection,
        moved_aside: None,
        is_read_only: false,
    })
}

fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Whether a newer version has written the file. Damage is an error, and so is a database of another program.
fn check(connection: &Connection, bytes: u64) -> rusqlite::Result<bool> {
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION && tables > 0 {
        return Err(damage("it is the database of another program"));
    }
    if bytes < CHECKED_BYTES {
        let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(damage(&verdict));
        }
    }
    let version = version(connection)?;
    if version <= VERSION && tables_missing(connection, version)? {
        return Err(damage("tables are missing in it"));
    }
    Ok(version > VERSION)
}

/// Whether a file of this version lacks something that every such file has.
fn tables_missing(connection: &Connection, version: i32) -> rusqlite::Result<bool> {
    let wanted = match version {
        ..=0 => return Ok(false),
        1 => 2,
        _ => 3,
    };
    let found: i64 = connection.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('place', 'command', 'meta')",
        [],
        |row| row.get(0),
    )?;
    Ok(found < wanted)
}

fn damage(words: &str) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, Some(words.to_owned()))
}

fn prepare(connection: &mut Connection, path: &Path) -> rusqlite::Result<()> {
    let journal = if is_on_network(path) { "TRUNCATE" } else { "WAL" };
    connection.query_row(&format!("PRAGMA journal_mode = {journal}"), [], |_| Ok(()))?;
    // A command that was told to be kept is kept, also when the power fails.
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON")?;
    migrate(connection)
}

fn is_on_network(path: &Path) -> bool {
    nix::sys::statfs::statfs(path).is_ok_and(|found| NETWORK_FILE_SYSTEMS.contains(&found.filesystem_type().0))
}

/// Puts the file and what belongs to it beside it, under a name with the date.
pub(super) fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let date = Timestamp::from(SystemTime::now()).to_string().replace(':', "");
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut aside = path.with_file_name(format!("{name}.damaged-{date}"));
    for number in 2.. {
        if !aside.exists() {
            break;
        }
        aside = path.with_file_name(format!("{name}.damaged-{date}-{number}"));
    }
    fs::rename(path, &aside)?;
    for part in ["-wal", "-shm"] {
        let from = path.with_file_name(format!("{name}{part}"));
        if from.exists() {
            let mut to = aside.clone().into_os_string();
            to.push(part);
            fs::rename(from, to)?;
        }
    }
    Ok(aside)
}
