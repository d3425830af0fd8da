//! Two edges that stand in front of sandboxes: one that knows no gRPC, and one that cuts what carries nothing. With the
//! default dialect everything works behind both.

use std::time::Duration;

use e2b_tui::domain::Dialect;
use e2b_tui::envd::EnvdClient;

use super::platform_stub::Edge;
use super::{PlatformStub, Special, client_of, enter, made, with_special_workbench, with_workbench};

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_behind_an_edge_that_knows_no_grpc() {
    let stub = PlatformStub::start().await;
    stub.put_edge(Edge {
        refuses_grpc: true,
        ..Edge::default()
    });
    let id = made(&stub, "api", Duration::from_secs(3600)).await;
    with_workbench(&stub, async |mut user| {
        enter(&mut user).await;
        user.type_text("mkdir -p deep/er; cd deep; echo $((6 * 7))x\n").await;
        user.see("output", |text| text.contains("42x")).await;
        user.keys("prefix %").await;
        user.see("a second pane", |text| text.matches("ready>").count() > 1)
            .await;
        user.keys("prefix F").await;
        user.see("files", |text| text.contains("er")).await;
        user.keys("prefix P").await;
        user.see("processes", |text| text.contains("rss command")).await;
        user.keys("esc prefix d").await;
    })
    .await;
    assert_eq!(stub.edge_faults().0, 0, "something was refused");

    // The control: another dialect is refused there, and says so.
    let (mut endpoint, _) = client_of(&stub).locate(&id).await.unwrap();
    endpoint.dialect = Dialect::GrpcWeb;
    let error = EnvdClient::new(&endpoint).unwrap().list_processes().await.unwrap_err();
    assert!(stub.edge_faults().0 > 0);
    println!("gRPC-Web behind it: {error}");
}

/// The edge of the platform cuts after 60 s without a byte, and envd is asked for a sign of life every 15 s. Here both are
/// fifteen times as fast.
#[tokio::test(flavor = "multi_thread")]
async fn everything_works_behind_an_edge_that_cuts_what_is_idle() {
    let stub = PlatformStub::start().await;
    stub.put_edge(Edge {
        idle_limit: Some(Duration::from_secs(4)),
        ..Edge::default()
    });
    made(&stub, "api", Duration::from_secs(3600)).await;
    let special = Special {
        keepalive: Some(Duration::from_secs(1)),
        ..Special::default()
    };
    with_special_workbench(&stub, special, async |mut user| {
        enter(&mut user).await;
        user.type_text("sleep 9; echo over $((6 * 7))x\n").await;
        let text = user
            .see("the end of a long silence", |text| text.contains("over 42x"))
            .await;
        assert!(
            !text.contains("── ") && !text.contains("lost"),
            "the link broke:\n{text}"
        );
        user.type_text("echo still $((7 * 7))x\n").await;
        user.see("an answer after it", |text| text.contains("still 49x")).await;
        user.keys("prefix d").await;
    })
    .await;
    // What was idle without a stream on it was cut meanwhile, so the edge does cut.
    assert!(stub.edge_faults().1 > 0);
}
