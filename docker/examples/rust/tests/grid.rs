//! Starts a grid in a container for tests.
//!
//!     docker build -f docker/Dockerfile -t pocketgrid .
//!     cd docker/examples/rust && cargo test

use serde_json::{Value, json};
use std::env;
use testcontainers::core::wait::HttpWaitStrategy;
use testcontainers::core::{IntoContainerPort, WaitFor};
use testcontainers::runners::SyncRunner;
use testcontainers::{Container, GenericImage, ImageExt};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A running grid, with the ports by which this machine reaches it. It ends when it is dropped.
struct Grid {
    /// `ws://` URL of the chain.
    chain: String,
    /// `ws://` URL of the RMB relay.
    relay: String,
    /// `http://` URL below which the services are: `/gridproxy`, `/graphql`, `/api`.
    web: String,
    /// What `/api/info` tells: accounts, farms, nodes.
    info: Value,
    _container: Container<GenericImage>,
}

fn start_grid(options: &[&str]) -> Result<Grid> {
    let image = env::var("POCKETGRID_IMAGE").unwrap_or("pocketgrid".into());
    let health = HttpWaitStrategy::new("/api/health")
        .with_port(8080.tcp())
        .with_expected_status_code(200u16);
    let container = GenericImage::new(image, "latest".into())
        .with_exposed_port(9944.tcp())
        .with_exposed_port(8080.tcp())
        .with_wait_for(WaitFor::http(health))
        .with_cmd(options.iter().copied())
        .start()?;
    let host = container.get_host()?;
    let web = format!("{host}:{}", container.get_host_port_ipv4(8080)?);
    Ok(Grid {
        chain: format!("ws://{host}:{}", container.get_host_port_ipv4(9944)?),
        relay: format!("ws://{web}/relay"),
        info: get(&format!("http://{web}/api/info"))?,
        web: format!("http://{web}"),
        _container: container,
    })
}

fn get(url: &str) -> Result<Value> {
    Ok(ureq::get(url).call()?.body_mut().read_json()?)
}

#[test]
fn a_grid_has_nodes_a_chain_and_accounts() -> Result<()> {
    let grid = start_grid(&["--nodes", "3", "--seed", "example"])?;

    let nodes = get(&format!("{}/gridproxy/nodes", grid.web))?;
    let statuses: Vec<_> = nodes
        .as_array()
        .unwrap()
        .iter()
        .map(|node| &node["status"])
        .collect();
    assert_eq!(statuses, ["up", "up", "up"]);

    // Over HTTP as over WebSocket: any Substrate client connects to `grid.chain`.
    let question = json!({ "jsonrpc": "2.0", "id": 1, "method": "system_chain", "params": [] });
    let answer: Value = ureq::post(grid.chain.replacen("ws", "http", 1))
        .send_json(question)?
        .body_mut()
        .read_json()?;
    assert_eq!(answer["result"], "Development");

    let alice = &grid.info["accounts"][0];
    assert_eq!(alice["name"], "alice");
    assert!(grid.relay.ends_with("/relay"));
    Ok(())
}
