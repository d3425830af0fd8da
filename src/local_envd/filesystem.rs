//! The filesystem service (`envd-wire.md` 5): paths resolved, blocking work moved aside, watches kept. Knows no dialect.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{Stream, StreamExt, stream};
use tonic::{Extensions, Request, Response, Status, async_trait};

use super::directory;
use super::exit::system_text;
use super::keepalive::keepalive_interval;
use super::options::random_id;
use super::paths::resolve;
use super::sandbox::Sandbox;
use super::users::Account;
use super::watch::{Watch, WatchOrder};
use crate::wire::generated::filesystem::filesystem_server::Filesystem;
use crate::wire::generated::filesystem::watch_dir_response::{Event, KeepAlive, StartEvent};
use crate::wire::generated::filesystem::{
    CreateWatcherRequest, CreateWatcherResponse, GetWatcherEventsRequest, GetWatcherEventsResponse, ListDirRequest,
    ListDirResponse, MakeDirRequest, MakeDirResponse, MoveRequest, MoveResponse, RemoveRequest, RemoveResponse,
    RemoveWatcherRequest, RemoveWatcherResponse, StatRequest, StatResponse, WatchDirRequest, WatchDirResponse,
};

/// The calls of `filesystem.Filesystem`.
#[derive(Debug)]
pub(super) struct FilesystemService {
    sandbox: Arc<Sandbox>,
    watchers: Mutex<HashMap<String, Watch>>,
}

impl FilesystemService {
    /// The service of one sandbox.
    pub(super) fn new(sandbox: Arc<Sandbox>) -> Self {
        Self {
            sandbox,
            watchers: Mutex::default(),
        }
    }

    fn watchers(&self) -> MutexGuard<'_, HashMap<String, Watch>> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn user(&self, extensions: &Extensions) -> Result<Account, Status> {
        self.sandbox.acting_user(extensions.get::<Account>())
    }

    async fn watch(&self, extensions: &Extensions, request: WatchDirRequest) -> Result<Watch, Status> {
        let root = resolve(&request.path, &self.user(extensions)?, &self.sandbox)?;
        aside(move || {
            check_watchable(&root, request.allow_network_mounts)?;
            Watch::start(WatchOrder {
                root,
                recursive: request.recursive,
                include_entry: request.include_entry,
            })
        })
        .await
    }
}

/// Runs what waits for the disk where it holds up nobody.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Status> + Send + 'static) -> Result<T, Status> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(Status::internal("the sandbox is being stopped")))
}

fn check_watchable(path: &Path, allow_network_mounts: bool) -> Result<(), Status> {
    let found = std::fs::metadata(path).map_err(|error| {
        let reason = system_text(&error);
        match error.kind() {
            std::io::ErrorKind::NotFound => Status::not_found(format!("path {} not found: {reason}", path.display())),
            _ => Status::internal(format!("cannot look at {}: {reason}", path.display())),
        }
    })?;
    if !found.is_dir() {
        return Err(Status::invalid_argument(format!(
            "path {} not a directory",
            path.display()
        )));
    }
    if !allow_network_mounts && is_network_mount(path) {
        return Err(Status::invalid_argument(format!(
            "cannot watch path on network filesystem: {}",
            path.display()
        )));
    }
    Ok(())
}

/// NFS, CIFS, SMB and FUSE do not tell the kernel of changes made elsewhere.
#[cfg(target_os = "linux")]
fn is_network_mount(path: &Path) -> bool {
    const NETWORK: [u32; 5] = [0x6969, 0xFF53_4D42, 0x517B, 0xFE53_4D42, 0x6573_5546];
    nix::sys::statfs::statfs(path).is_ok_and(|found| NETWORK.contains(&(found.filesystem_type().0 as u32)))
}

#[cfg(not(target_os = "linux"))]
fn is_network_mount(_path: &Path) -> bool {
    false
}

#[async_trait]
impl Filesystem for FilesystemService {
    type WatchDirStream = Pin<Box<dyn Stream<Item = Result<WatchDirResponse, Status>> + Send>>;

    async fn stat(&self, request: Request<StatRequest>) -> Result<Response<StatResponse>, Status> {
        let user = self.user(request.extensions())?;
        let path = resolve(&request.into_inner().path, &user, &self.sandbox)?;
        let entry = aside(move || directory::stat(&path)).await?;
        Ok(Response::new(StatResponse { entry: Some(entry) }))
    }

    async fn make_dir(&self, request: Request<MakeDirRequest>) -> Result<Response<MakeDirResponse>, Status> {
        let user = self.user(request.extensions())?;
        let path = resolve(&request.into_inner().path, &user, &self.sandbox)?;
        let entry = aside(move || directory::make(&path, &user)).await?;
        Ok(Response::new(MakeDirResponse { entry: Some(entry) }))
    }

    async fn r#move(&self, request: Request<MoveRequest>) -> Result<Response<MoveResponse>, Status> {
        let user = self.user(request.extensions())?;
        let request = request.into_inner();
        let source = resolve(&request.source, &user, &self.sandbox)?;
        let destination = resolve(&request.destination, &user, &self.sandbox)?;
        let entry = aside(move || directory::rename(&source, &destination, &user)).await?;
        Ok(Response::new(MoveResponse { entry: Some(entry) }))
    }

    async fn list_dir(&self, request: Request<ListDirRequest>) -> Result<Response<ListDirResponse>, Status> {
        let user = self.user(request.extensions())?;
        let request = request.into_inner();
        let path: PathBuf = resolve(&request.path, &user, &self.sandbox)?;
        let entries = aside(move || directory::list(&path, request.depth)).await?;
        Ok(Response::new(ListDirResponse { entries }))
    }

    async fn remove(&self, request: Request<RemoveRequest>) -> Result<Response<RemoveResponse>, Status> {
        let user = self.user(request.extensions())?;
        let path = resolve(&request.into_inner().path, &user, &self.sandbox)?;
        aside(move || directory::remove(&path, &user)).await?;
        Ok(Response::new(RemoveResponse {}))
    }

    async fn watch_dir(&self, request: Request<WatchDirRequest>) -> Result<Response<Self::WatchDirStream>, Status> {
        let keepalive = keepalive_interval(request.metadata());
        let (_, extensions, order) = request.into_parts();
        let watch = self.watch(&extensions, order).await?;
        let respond = |event| WatchDirResponse { event: Some(event) };
        let changes = stream::unfold(Some(watch), move |watch| async move {
            let mut watch = watch?;
            Some(match tokio::time::timeout(keepalive, watch.next()).await {
                Err(_) => (Ok(respond(Event::Keepalive(KeepAlive {}))), Some(watch)),
                Ok(Ok(change)) => (Ok(respond(Event::Filesystem(change))), Some(watch)),
                Ok(Err(status)) => (Err(status), None),
            })
        });
        let start = stream::iter([Ok(respond(Event::Start(StartEvent {})))]);
        Ok(Response::new(Box::pin(start.chain(changes))))
    }

    async fn create_watcher(
        &self,
        request: Request<CreateWatcherRequest>,
    ) -> Result<Response<CreateWatcherResponse>, Status> {
        let (_, extensions, request) = request.into_parts();
        let order = WatchDirRequest {
            path: request.path,
            recursive: request.recursive,
            include_entry: request.include_entry,
            allow_network_mounts: request.allow_network_mounts,
        };
        let watch = self.watch(&extensions, order).await?;
        let id = random_id(20).map_err(|error| Status::internal(error.to_string()))?;
        let watcher_id = format!("w{id}");
        self.watchers().insert(watcher_id.clone(), watch);
        Ok(Response::new(CreateWatcherResponse { watcher_id }))
    }

    async fn get_watcher_events(
        &self,
        request: Request<GetWatcherEventsRequest>,
    ) -> Result<Response<GetWatcherEventsResponse>, Status> {
        let id = request.into_inner().watcher_id;
        let mut watchers = self.watchers();
        let watch = watchers.get_mut(&id).ok_or_else(|| no_watcher(&id))?;
        let events = watch.drain()?;
        Ok(Response::new(GetWatcherEventsResponse { events }))
    }

    async fn remove_watcher(
        &self,
        request: Request<RemoveWatcherRequest>,
    ) -> Result<Response<RemoveWatcherResponse>, Status> {
        let id = request.into_inner().watcher_id;
        let removed = self.watchers().remove(&id);
        removed.ok_or_else(|| no_watcher(&id))?;
        Ok(Response::new(RemoveWatcherResponse {}))
    }
}

fn no_watcher(id: &str) -> Status {
    Status::not_found(format!("watcher with id {id} not found"))
}
