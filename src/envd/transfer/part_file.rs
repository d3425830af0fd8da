//! A file on its way here: written under a name of its own, which tells what it is a part of, and renamed at the end. What
//! a broken run leaves is taken up by the next one.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::digest::Fingerprint;
use super::local_folder::LocalFolder;

/// Less than this is not worth keeping when a copy is broken off.
const WORTH_KEEPING: u64 = 1 << 20;
const PIECE: usize = 256 << 10;

/// An unfinished file. Dropped before `finish`, it stays for the next run if that is worth it.
#[derive(Debug)]
pub(super) struct PartFile {
    folder: Arc<LocalFolder>,
    name: OsString,
    file: File,
    length: u64,
    digest: Option<Sha256>,
    is_settled: bool,
}

/// Which file of which sandbox it is a part of. Another version of the file has another name for its parts.
pub(super) fn part_name(name: &str, identity: &str) -> OsString {
    let identity = Fingerprint::of(identity.as_bytes()).to_string();
    // Names may have 255 bytes, and a letter must not be cut in two.
    let mut end = name.len().min(200);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!(".{}.{}.part", &name[..end], &identity[..12]).into()
}

impl PartFile {
    /// Opens what is there of it, or begins it. With `digest`, the content is summed up as well.
    pub(super) fn open(folder: Arc<LocalFolder>, name: OsString, mode: u32, digest: bool) -> io::Result<Self> {
        let mut file = folder.unfinished(&name, mode)?;
        let mut sum = digest.then(Sha256::new);
        let mut length = file.metadata()?.len();
        if let Some(sum) = &mut sum {
            length = 0;
            file.rewind()?;
            let mut buffer = vec![0; PIECE];
            loop {
                match file.read(&mut buffer)? {
                    0 => break,
                    read => {
                        sum.update(&buffer[..read]);
                        length += read as u64;
                    }
                }
            }
        }
        Ok(Self {
            folder,
            name,
            file,
            length,
            digest: sum,
            is_settled: false,
        })
    }

    /// How much is there.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Throws away what is there.
    pub(super) fn restart(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.length = 0;
        if let Some(digest) = &mut self.digest {
            *digest = Sha256::new();
        }
        Ok(())
    }

    /// Adds to its end.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        if let Some(digest) = &mut self.digest {
            digest.update(bytes);
        }
        Ok(())
    }

    /// The sum of its content, if it was asked for.
    pub(super) fn fingerprint(&self) -> Option<Fingerprint> {
        self.digest.clone().map(Fingerprint::from)
    }

    /// Gives it its name.
    pub(super) fn finish(mut self, name: &OsStr, overwrite: bool) -> io::Result<()> {
        self.folder.finish(&self.name, name, overwrite)?;
        self.is_settled = true;
        Ok(())
    }

    /// Removes it: what it holds is wrong.
    pub(super) fn discard(mut self) {
        self.length = 0;
        self.is_settled = false;
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.is_settled
            && self.length < WORTH_KEEPING
            && let Err(error) = self.folder.remove(&self.name)
        {
            tracing::debug!(%error, "an unfinished file stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_different_versions_have_different_names() {
        let name = part_name("a.txt", "h /a.txt 1 2");
        assert!(name.to_str().unwrap().starts_with(".a.txt."));
        assert_ne!(name, part_name("a.txt", "h /a.txt 1 3"));
        assert!(part_name(&"ä".repeat(127), "x").len() <= 255);
    }

    #[test]
    fn what_is_worth_it_stays_and_goes_on() {
        let place = tempfile::tempdir().unwrap();
        let folder = Arc::new(LocalFolder::open(place.path()).unwrap());
        let open = |digest| PartFile::open(Arc::clone(&folder), "p".into(), 0o644, digest).unwrap();
        open(false).append(b"small").unwrap();
        assert!(!place.path().join("p").exists());
        let half = vec![7; WORTH_KEEPING as usize];
        open(false).append(&half).unwrap();
        let mut again = open(true);
        assert_eq!(again.length(), WORTH_KEEPING);
        again.append(b"end").unwrap();
        let whole = [&half[..], b"end"].concat();
        assert_eq!(again.fingerprint(), Some(Fingerprint::of(&whole)));
        again.finish(OsStr::new("done"), false).unwrap();
        assert_eq!(std::fs::read(place.path().join("done")).unwrap(), whole);
        assert_eq!(folder.names().unwrap(), ["done"]);
    }
}
