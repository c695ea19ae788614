//! Lines that come, go and come again.

use std::time::{Duration, Instant};

use madoguchi::config::{Role, RoleSet};
use madoguchi::server::access;
use madoguchi_proto::admin::v1::uplink::State;
use madoguchi_proto::reader::v1::ListReadersRequest;
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use tokio::time::timeout;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::stage::{DOOR, GATEWAY, LIMIT, Stage, next, statuses, until};
use crate::cells::{call, rpcs};

#[tokio::test]
async fn a_far_side_is_remote_and_nothing_else_in_every_cell() {
    let stage = Stage::new();
    let mut door = stage.door().await;
    let gateway = stage.gateway(vec![stage.uplink("far", door.local_addr())]).await;
    let line = next(&mut door).await;
    assert_eq!(line.gateway, GATEWAY);
    let (mut allowed, mut wrong) = (0, Vec::new());
    for rpc in rpcs() {
        let code = call(&line.channel, &rpc).await;
        let may = access::allows(&rpc, RoleSet::of(&[Role::Remote]));
        allowed += usize::from(may);
        if may == (code == Code::PermissionDenied) {
            wrong.push(format!("{rpc}: {code:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(allowed > 0 && allowed < rpcs().len());
    let start = "/madoguchi.checkin.v1.CheckInService/StartCheckIn";
    assert_eq!(call(&line.channel, start).await, Code::PermissionDenied);
    let health = HealthClient::new(line.channel.clone())
        .check(HealthCheckRequest::default())
        .await;
    assert_eq!(health.unwrap().into_inner().status, 1);
    let status = until(&gateway, |uplink| uplink.state() == State::Connected).await;
    assert_eq!((status.far_side.as_str(), status.connection_count), (DOOR, 1));
    assert!(status.connected_time.is_some() && status.last_error.is_empty());
    drop(line);
}

#[tokio::test]
async fn a_line_comes_back_after_its_far_side_died_and_the_gateway_serves_meanwhile() {
    let stage = Stage::new();
    let papers = stage.pki.issue("door", &[DOOR]);
    let mut door = stage.door_at(([127, 0, 0, 1], 0).into(), &papers).await;
    let address = door.local_addr();
    let gateway = stage.gateway(vec![stage.uplink("far", address)]).await;
    for connections in 1..=3 {
        let line = next(&mut door).await;
        call(&line.channel, "/grpc.health.v1.Health/Check").await;
        let status = until(&gateway, |uplink| uplink.state() == State::Connected).await;
        assert_eq!(status.connection_count, connections);
        // Nobody answers there any more, and what was open is cut.
        drop((door, line));
        let status = until(&gateway, |uplink| uplink.state() == State::BackingOff).await;
        assert!(
            !status.last_error.is_empty() && status.far_side.is_empty(),
            "{status:?}"
        );
        let status = until(&gateway, |uplink| {
            uplink.last_error.starts_with("the far side cannot be reached")
        })
        .await;
        assert!(status.attempt_count >= 2, "{status:?}");
        ReaderServiceClient::new(gateway.connect().await)
            .list_readers(ListReadersRequest {})
            .await
            .unwrap();
        door = stage.door_at(address, &papers).await;
    }
}

#[tokio::test]
async fn two_lines_at_once_and_one_that_is_down_beside_them() {
    let stage = Stage::new();
    let (mut one, mut other) = (stage.door().await, stage.door().await);
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = nobody.local_addr().unwrap();
    drop(nobody);
    let gateway = stage
        .gateway(vec![
            stage.uplink("down", nowhere),
            stage.uplink("one", one.local_addr()),
            stage.uplink("other", other.local_addr()),
        ])
        .await;
    let lines = (next(&mut one).await, next(&mut other).await);
    for line in [&lines.0, &lines.1] {
        assert_eq!(
            call(&line.channel, "/grpc.health.v1.Health/Check").await,
            Code::Ok
        );
    }
    until(&gateway, |down| down.state() == State::BackingOff).await;
    let statuses = statuses(&gateway).await;
    let names: Vec<_> = statuses.iter().map(|uplink| uplink.name.as_str()).collect();
    assert_eq!(names, ["down", "one", "other"]);
    assert_eq!(
        (statuses[1].state(), statuses[2].state()),
        (State::Connected, State::Connected)
    );
    // One that is down is not ill health of the gateway.
    let health = HealthClient::new(gateway.connect().await)
        .check(HealthCheckRequest::default())
        .await;
    assert_eq!(health.unwrap().into_inner().status, 1);
}

#[tokio::test]
async fn a_shutdown_tells_the_far_side_and_does_not_wait_for_an_idle_line() {
    let stage = Stage::new();
    let mut door = stage.door().await;
    let gateway = stage.gateway(vec![stage.uplink("far", door.local_addr())]).await;
    let line = next(&mut door).await;
    assert_eq!(
        call(&line.channel, "/grpc.health.v1.Health/Check").await,
        Code::Ok
    );
    let began = Instant::now();
    gateway.stop();
    timeout(LIMIT, line.over()).await.unwrap();
    gateway.ended().await;
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}
