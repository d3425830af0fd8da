//! What is in an archive, from its headers alone: parts of the file are read as they are needed, nothing is unpacked to any
//! place, and everything that an archive can promise is bounded.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use rawzip::{RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipLocator};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::app::panels::{ArchiveEntry, ArchiveList};
use crate::domain::{RemoteText, Timestamp};
use crate::envd::{ByteRange, EnvdClient};

/// Bytes that are read of one archive, and requests that are made for them.
const MOST_BYTES: u64 = 24 << 20;
const MOST_REQUESTS: u32 = 300;
/// Bytes that packed ones may become.
const MOST_UNPACKED: u64 = 96 << 20;
/// Entries that are listed.
const MOST_ENTRIES: usize = 20_000;
/// Of a longer name no more is kept.
const LONGEST_NAME: usize = 1 << 12;
/// What is read at once: little after a jump, more while going straight on.
const LEAST_PIECE: u64 = 32 << 10;
const MOST_PIECE: u64 = 1 << 20;

/// What kind of archive a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArchiveKind {
    Tar,
    PackedTar,
    Zip,
}

/// Tells archives by how they begin, never by their names.
pub(super) fn archive_kind(start: &[u8]) -> Option<ArchiveKind> {
    let is_tar = |bytes: &[u8]| bytes.get(257..262) == Some(b"ustar");
    match start {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(ArchiveKind::Zip),
        [0x1f, 0x8b, ..] => {
            let mut head = [0; 512];
            let mut unpacker = MultiGzDecoder::new(start);
            unpacker.read_exact(&mut head).ok()?;
            is_tar(&head).then_some(ArchiveKind::PackedTar)
        }
        _ if is_tar(start) => Some(ArchiveKind::Tar),
        _ => None,
    }
}

/// The list of what is in it; none if it cannot be read as what it looks like.
pub(super) async fn archive(
    client: &EnvdClient,
    path: &str,
    kind: ArchiveKind,
    (start, total): (Bytes, u64),
) -> Option<ArchiveList> {
    let pieces = Pieces {
        client: client.clone(),
        path: path.to_owned(),
        runtime: Handle::current(),
        total,
        position: 0,
        piece: (0, start.clone()),
        next_length: LEAST_PIECE,
        bytes_left: MOST_BYTES,
        requests_left: MOST_REQUESTS,
    };
    spawn_blocking(move || list(pieces, kind)).await.ok().flatten()
}

fn list<R: Read + Seek>(file: R, kind: ArchiveKind) -> Option<ArchiveList> {
    let mut list = ArchiveList {
        kind: match kind {
            ArchiveKind::Tar => "tar",
            ArchiveKind::PackedTar => "tar.gz",
            ArchiveKind::Zip => "zip",
        },
        entries: Vec::new(),
        is_cut: false,
    };
    let ended = match kind {
        ArchiveKind::Tar => list_whole_tar(file, &mut list),
        ArchiveKind::PackedTar => {
            let unpacked = MultiGzDecoder::new(file).take(MOST_UNPACKED);
            let mut archive = tar::Archive::new(unpacked);
            archive
                .entries()
                .and_then(|entries| list_tar(entries, &mut list))
                .map(drop)
        }
        ArchiveKind::Zip => list_zip(file, &mut list),
    };
    // What was found before the damage, or before a limit, is worth seeing.
    list.is_cut |= ended.is_err();
    (ended.is_ok() || !list.entries.is_empty()).then_some(list)
}

/// A tar archive that may be jumped in. One that ends in the middle of an entry is cut.
fn list_whole_tar<R: Read + Seek>(mut file: R, list: &mut ArchiveList) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let mut archive = tar::Archive::new(file);
    let end = list_tar(archive.entries_with_seek()?, list)?;
    list.is_cut |= end > length;
    Ok(())
}

/// Answers where the last entry ends.
fn list_tar<R: Read>(entries: tar::Entries<'_, R>, list: &mut ArchiveList) -> io::Result<u64> {
    let mut end = 0;
    for entry in entries {
        let entry = entry?;
        if list.entries.len() >= MOST_ENTRIES {
            list.is_cut = true;
            break;
        }
        let header = entry.header();
        end = entry
            .raw_file_position()
            .saturating_add(header.entry_size().unwrap_or(0));
        let kind = match header.entry_type() {
            tar::EntryType::Directory => 'd',
            tar::EntryType::Symlink => 'l',
            tar::EntryType::Char => 'c',
            tar::EntryType::Block => 'b',
            tar::EntryType::Fifo => 'p',
            tar::EntryType::XGlobalHeader => continue,
            _ => '-',
        };
        let modified = header.mtime().ok().and_then(|seconds| {
            let time = UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
            Timestamp::from(time)
                .to_string()
                .get(..16)
                .map(|text| text.replace('T', " "))
        });
        list.entries.push(ArchiveEntry {
            kind,
            mode: header.mode().ok(),
            size: entry.size(),
            modified: modified.unwrap_or_default(),
            name: short(&entry.path_bytes()),
            link: entry.link_name_bytes().map(|name| short(&name)),
        });
    }
    Ok(end)
}

fn list_zip<R: Read + Seek>(mut file: R, list: &mut ArchiveList) -> io::Result<()> {
    let end = file.seek(SeekFrom::End(0))?;
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let found = ZipLocator::new().locate_in_reader(AnyPlace(Mutex::new(file)), &mut buffer, end);
    let archive = found.map_err(|(_, error)| io::Error::other(error.to_string()))?;
    let mut entries = archive.entries(&mut buffer);
    while let Some(entry) = entries
        .next_entry()
        .map_err(|error| io::Error::other(error.to_string()))?
    {
        if list.entries.len() >= MOST_ENTRIES {
            list.is_cut = true;
            break;
        }
        let mode = entry.mode();
        let time = entry.last_modified();
        let kind = match (entry.is_dir(), mode.is_symlink()) {
            (true, _) => 'd',
            (false, true) => 'l',
            (false, false) => '-',
        };
        list.entries.push(ArchiveEntry {
            kind,
            mode: Some(mode.value() & 0o7777).filter(|mode| *mode != 0),
            size: entry.uncompressed_size_hint(),
            modified: format!(
                "{:04}-{:02}-{:02} {:02}:{:02}",
                time.year(),
                time.month(),
                time.day(),
                time.hour(),
                time.minute()
            ),
            name: short(entry.file_path().as_bytes()),
            link: None,
        });
    }
    Ok(())
}

fn short(name: &[u8]) -> RemoteText {
    RemoteText::from_bytes(&name[..name.len().min(LONGEST_NAME)])
}

/// Something to jump in, for a library that names a place with each read.
struct AnyPlace<R>(Mutex<R>);

impl<R: Read + Seek> ReaderAt for AnyPlace<R> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read(buffer)
    }
}

/// A file of a sandbox as something to read and to jump in. For a thread that may wait.
struct Pieces {
    client: EnvdClient,
    path: String,
    runtime: Handle,
    total: u64,
    position: u64,
    /// Where the last piece began, and its bytes.
    piece: (u64, Bytes),
    next_length: u64,
    bytes_left: u64,
    requests_left: u32,
}

impl Pieces {
    fn fetch(&mut self) -> io::Result<()> {
        let straight_on = self.piece.0 + self.piece.1.len() as u64 == self.position;
        self.next_length = if straight_on {
            (self.next_length * 2).min(MOST_PIECE)
        } else {
            LEAST_PIECE
        };
        let length = self.next_length.min(self.total - self.position).min(self.bytes_left);
        if length == 0 || self.requests_left == 0 {
            return Err(io::Error::other("no more of this archive is read"));
        }
        self.requests_left -= 1;
        self.bytes_left -= length;
        let range = ByteRange {
            start: self.position,
            end: Some(self.position + length),
        };
        let (client, path) = (&self.client, &self.path);
        let fetched = self.runtime.block_on(async {
            let mut download = client.download(path, Some(range)).await?;
            let mut bytes = Vec::new();
            while let Some(piece) = download.next().await? {
                bytes.extend_from_slice(&piece);
                if bytes.len() as u64 > length {
                    break;
                }
            }
            Ok::<_, crate::envd::EnvdError>(bytes)
        });
        let bytes = fetched.map_err(|error| io::Error::other(error.to_string()))?;
        if bytes.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.piece = (self.position, bytes.into());
        Ok(())
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.total || buffer.is_empty() {
            return Ok(0);
        }
        let is_there = |(from, bytes): &(u64, Bytes), at: u64| at >= *from && at < *from + bytes.len() as u64;
        if !is_there(&self.piece, self.position) {
            self.fetch()?;
        }
        let from = usize::try_from(self.position - self.piece.0).map_err(io::Error::other)?;
        let rest = &self.piece.1[from..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.position += length as u64;
        Ok(length)
    }
}

impl Seek for Pieces {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.total.checked_add_signed(by),
        };
        let error = || io::Error::new(io::ErrorKind::InvalidInput, "a place before the beginning");
        self.position = position.ok_or_else(error)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn tar_of(files: &[(&str, usize)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, size) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(*size as u64);
            header.set_mode(0o640);
            header.set_mtime(86_400);
            builder
                .append_data(&mut header, name, io::repeat(b'x').take(*size as u64))
                .unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    fn listed(bytes: Vec<u8>) -> Option<ArchiveList> {
        let kind = archive_kind(&bytes)?;
        list(Cursor::new(bytes), kind)
    }

    #[test]
    fn archives_are_listed_whatever_they_are_called() {
        let long = format!("{}/deep", "n".repeat(150));
        let tar = tar_of(&[("a.txt", 5), ("esc\x1b[2J", 70_000), (&long, 0)]);
        for (bytes, kind) in [(tar.clone(), "tar"), (packed(&tar), "tar.gz")] {
            let found = listed(bytes).unwrap();
            assert_eq!((found.kind, found.entries.len(), found.is_cut), (kind, 3, false));
            let first = &found.entries[0];
            assert_eq!(
                (first.size, first.mode, first.modified.as_str()),
                (5, Some(0o640), "1970-01-02 00:00")
            );
            assert_eq!(found.entries[1].name.escaped(), "esc\\u{1b}[2J");
            assert_eq!(found.entries[2].name.unescaped(), long);
        }
        let mut zip = Vec::new();
        let mut writer = rawzip::ZipArchiveWriter::new(&mut zip);
        for name in ["in/a.txt", "b"] {
            let (mut entry, config) = writer.new_file(name).start().unwrap();
            let mut content = config.wrap(&mut entry);
            content.write_all(b"hello").unwrap();
            let (_, descriptor) = content.finish().unwrap();
            entry.finish(descriptor).unwrap();
        }
        writer.finish().unwrap();
        let found = listed(zip).unwrap();
        let names: Vec<&str> = found.entries.iter().map(|entry| entry.name.unescaped()).collect();
        assert_eq!((names, found.entries[0].size), (vec!["in/a.txt", "b"], 5));
    }

    #[test]
    fn bombs_and_damage_end_the_list_and_nothing_else() {
        // A thousand times as much as it seems.
        let bomb = packed(&tar_of(&[("first", 10), ("zeros", 120 << 20), ("behind", 1)]));
        let found = listed(bomb).unwrap();
        let names: Vec<&str> = found.entries.iter().map(|entry| entry.name.unescaped()).collect();
        assert_eq!((names, found.is_cut), (vec!["first", "zeros"], true));
        let tar = tar_of(&[("a", 5_000), ("b", 5)]);
        let cut = listed(tar[..600].to_vec()).unwrap();
        assert_eq!((cut.entries.len(), cut.is_cut), (1, true));
        assert_eq!(listed(b"PK\x03\x04 and then nothing".to_vec()), None);
        assert_eq!(listed(packed(b"no archive")), None);
        assert_eq!(archive_kind(b"\x1f\x8b"), None);
        let many: Vec<(String, usize)> = (0..MOST_ENTRIES + 5).map(|number| (number.to_string(), 0)).collect();
        let many: Vec<(&str, usize)> = many.iter().map(|(name, size)| (name.as_str(), *size)).collect();
        let found = listed(tar_of(&many)).unwrap();
        assert_eq!((found.entries.len(), found.is_cut), (MOST_ENTRIES, true));
    }
}
