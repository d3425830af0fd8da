//! What stands in front of a stubbed sandbox's envd: while the sandbox sleeps every connection is cut, and whoever knocks is
//! counted and told by 502 that nobody is there, as the platform's edge does. (There, a knock may even wake it.)

use std::net::{Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub struct Gate {
    pub address: SocketAddr,
    is_shut: watch::Sender<bool>,
    knocks: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Gate {
    /// Listens under the envd's own port number, on `[::1]`: it answers only to that port in the `Host` header.
    pub async fn before(envd: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, envd.port())).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (is_shut, shut) = watch::channel(false);
        let knocks = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&knocks);
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, envd, shut.clone(), Arc::clone(&counter)));
            }
        });
        Self {
            address,
            is_shut,
            knocks,
            serving,
        }
    }

    pub fn shut(&self, is_shut: bool) {
        self.is_shut.send_replace(is_shut);
    }

    /// How many connections came while it was shut.
    pub fn knocks(&self) -> usize {
        self.knocks.load(Ordering::SeqCst)
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.is_shut.send_replace(true);
        self.serving.abort();
    }
}

async fn pass(mut client: TcpStream, envd: SocketAddr, mut shut: watch::Receiver<bool>, knocks: Arc<AtomicUsize>) {
    if *shut.borrow_and_update() {
        knocks.fetch_add(1, Ordering::SeqCst);
        let _ = client.read(&mut [0; 1024]).await;
        let body = r#"{"sandboxId":"x","message":"The sandbox was not found","code":502}"#;
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 502 Bad Gateway\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        let _ = client.write_all(answer.as_bytes()).await;
        return;
    }
    let Ok(mut server) = TcpStream::connect(envd).await else {
        return;
    };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = shut.wait_for(|is_shut| *is_shut) => {}
    }
}
