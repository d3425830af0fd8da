//! What cases do with files through the API: make, look, list, remove, upload, download.

use bytes::Bytes;
use e2b_tui::wire::generated::filesystem::{
    EntryInfo, ListDirRequest, MakeDirRequest, MoveRequest, RemoveRequest, StatRequest,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tonic::Status;

use crate::bench::Bench;
use crate::raw_http::{Ask, Reply};

impl Bench {
    /// A new folder of the case's own, open to every user.
    pub async fn folder(&self) -> String {
        let path = self.target.fresh_path();
        self.make_dir(&path).await.unwrap();
        path
    }

    /// Runs a shell script that prepares a new folder, and returns the folder.
    pub async fn folder_with(&self, script: &str) -> String {
        let path = self.folder().await;
        self.shell(&format!("cd '{path}' && {script}")).await.succeeded();
        path
    }

    /// What a path is.
    pub async fn try_stat(&self, path: &str) -> Result<EntryInfo, Status> {
        let request = StatRequest { path: path.to_owned() };
        self.files()
            .stat(request)
            .await
            .map(|reply| reply.into_inner().entry.unwrap())
    }

    /// What a path is.
    pub async fn stat(&self, path: &str) -> EntryInfo {
        self.try_stat(path).await.unwrap()
    }

    /// Whether there is something.
    pub async fn exists(&self, path: &str) -> bool {
        self.try_stat(path).await.is_ok()
    }

    /// Whether there is something of this name in a folder.
    pub async fn exists_at(&self, folder: &str, name: &str) -> bool {
        self.exists(&format!("{folder}/{name}")).await
    }

    /// What lies below a folder.
    pub async fn try_list_dir(&self, path: &str, depth: u32) -> Result<Vec<EntryInfo>, Status> {
        let request = ListDirRequest {
            path: path.to_owned(),
            depth,
        };
        self.files()
            .list_dir(request)
            .await
            .map(|reply| reply.into_inner().entries)
    }

    /// The paths below a folder, relative to it, in the order of the reply.
    pub async fn paths_below(&self, path: &str, depth: u32) -> Vec<String> {
        let entries = self.try_list_dir(path, depth).await.unwrap();
        let below = |entry: EntryInfo| {
            let relative = entry
                .path
                .strip_prefix(path)
                .unwrap_or_else(|| panic!("{} is not below {path}", entry.path));
            relative.trim_start_matches('/').to_owned()
        };
        entries.into_iter().map(below).collect()
    }

    /// Makes a folder.
    pub async fn make_dir(&self, path: &str) -> Result<EntryInfo, Status> {
        let request = MakeDirRequest { path: path.to_owned() };
        self.files()
            .make_dir(request)
            .await
            .map(|reply| reply.into_inner().entry.unwrap())
    }

    /// Gives a path another name.
    pub async fn rename(&self, source: &str, destination: &str) -> Result<EntryInfo, Status> {
        let request = MoveRequest {
            source: source.to_owned(),
            destination: destination.to_owned(),
        };
        self.files()
            .r#move(request)
            .await
            .map(|reply| reply.into_inner().entry.unwrap())
    }

    /// Removes a path and all below it.
    pub async fn remove(&self, path: &str) -> Result<(), Status> {
        let request = RemoveRequest { path: path.to_owned() };
        self.files().remove(request).await.map(drop)
    }

    /// A download, with the user of the bench.
    pub fn get_file(&self, path: &str) -> Ask {
        Ask::get(&self.files_route(path))
    }

    /// An upload of bytes, with the user of the bench.
    pub fn post_file(&self, path: &str, body: impl Into<Bytes>) -> Ask {
        Ask::post(&self.files_route(path), "application/octet-stream", body)
    }

    /// The `/files` route of a path.
    pub fn files_route(&self, path: &str) -> String {
        let user = self.user.as_ref().map(|user| format!("&username={}", in_query(user)));
        format!("/files?path={}{}", in_query(path), user.unwrap_or_default())
    }

    /// What a file holds, by the download route.
    pub async fn read(&self, path: &str) -> Bytes {
        self.ask(self.get_file(path)).await.expect(200).body
    }

    /// Writes a file by the upload route.
    pub async fn write(&self, path: &str, body: impl Into<Bytes>) -> Reply {
        self.ask(self.post_file(path, body)).await.expect(200)
    }
}

/// A value as it stands in a query.
pub fn in_query(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}
