//! `metrics`: one sandbox over time, or the newest sample of several.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::domain::{Failure, FailureKind, SandboxId, SandboxState, SystemMetrics, Timestamp};
use crate::platform::{PlatformClient, SandboxFilter};

use super::super::output;
use super::arguments::MetricsArguments;
use super::dispatch::{is_running, with_patience};
use super::{json, table};

/// The platform takes a sample every five seconds.
const POLL: Duration = Duration::from_secs(2);
const HEADINGS: [&str; 6] = ["time", "cpu %", "vcpus", "memory mib", "cache mib", "disk mib"];

/// Shows them.
pub(super) async fn run(client: &PlatformClient, of: MetricsArguments) -> Result<u8, Failure> {
    let is_json = of.platform.is_json(of.format);
    match of.ids.as_slice() {
        [id] => {
            let reading = client.metrics(id, None, None);
            let samples = with_patience("reading metrics", reading).await?;
            let mut code = print_history(&samples, is_json, of.follow);
            if of.follow && code == 0 {
                code = follow(client, id, samples.last().map(|last| last.timestamp), is_json).await?;
            }
            Ok(code)
        }
        _ if of.follow => {
            let text = "--follow needs exactly one sandbox";
            Err(Failure::new(FailureKind::Usage, text).hint("name its ID"))
        }
        ids => latest(client, ids, is_json).await,
    }
}

/// While following, one JSON object a line: a list would never be closed.
fn print_history(samples: &[SystemMetrics], is_json: bool, is_followed: bool) -> u8 {
    if is_json && is_followed {
        return output::print(&lines(samples));
    }
    if is_json {
        let values: Vec<Value> = samples.iter().map(json::sample).collect();
        return output::print(&json::json_text(&Value::from(values)));
    }
    if samples.is_empty() && !is_followed {
        output::complain("no metrics yet: the platform takes a sample every 5 s");
        return 0;
    }
    let rows: Vec<Vec<String>> = samples.iter().map(row).collect();
    output::print(&table::table(&HEADINGS, &rows))
}

fn lines(samples: &[SystemMetrics]) -> String {
    samples
        .iter()
        .map(|sample| json::json_line(&json::sample(sample)))
        .collect()
}

async fn follow(client: &PlatformClient, id: &SandboxId, mut last: Option<i64>, is_json: bool) -> Result<u8, Failure> {
    while is_running(client, id).await? {
        tokio::time::sleep(POLL).await;
        let from = last.map(|seconds| Timestamp::from_unix_millis(seconds.saturating_mul(1000)));
        let mut samples = client.metrics(id, from, None).await?;
        samples.retain(|sample| last.is_none_or(|last| sample.timestamp > last));
        last = samples.last().map(|sample| sample.timestamp).or(last);
        let code = if is_json {
            output::print(&lines(&samples))
        } else {
            let rows: Vec<Vec<String>> = samples.iter().map(row).collect();
            let text = table::table(&HEADINGS, &rows);
            output::print(text.split_once('\n').map_or("", |(_, rows)| rows))
        };
        if code != 0 {
            return Ok(code);
        }
    }
    output::complain(&format!("{id} does not run any more"));
    Ok(0)
}

async fn latest(client: &PlatformClient, ids: &[SandboxId], is_json: bool) -> Result<u8, Failure> {
    let mut ids = ids.to_vec();
    if ids.is_empty() {
        let running = SandboxFilter {
            states: vec![SandboxState::Running],
            ..SandboxFilter::default()
        };
        let found = with_patience("listing sandboxes", client.list(&running)).await?;
        ids = found.into_iter().map(|sandbox| sandbox.id).collect();
    }
    let samples = with_patience("reading metrics", client.latest_metrics(&ids)).await?;
    if is_json {
        let values: Map<String, Value> = samples
            .iter()
            .map(|(id, sample)| (id.to_string(), json::sample(sample)))
            .collect();
        return Ok(output::print(&json::json_text(&Value::from(values))));
    }
    let rows: Vec<Vec<String>> = ids
        .iter()
        .map(|id| {
            let cells = samples.get(id).map_or_else(|| vec!["no metrics".to_owned()], row);
            std::iter::once(id.to_string()).chain(cells).collect()
        })
        .collect();
    let headings: Vec<&str> = std::iter::once("id").chain(HEADINGS).collect();
    Ok(output::print(&table::table(&headings, &rows)))
}

fn row(sample: &SystemMetrics) -> Vec<String> {
    let mib = |bytes: u64| bytes >> 20;
    vec![
        Timestamp::from_unix_millis(sample.timestamp.saturating_mul(1000)).to_string(),
        format!("{:.1}", sample.cpu_used_percent),
        sample.cpu_count.to_string(),
        format!("{}/{}", mib(sample.memory_used), mib(sample.memory_total)),
        sample
            .memory_cache
            .map_or_else(String::new, |cache| mib(cache).to_string()),
        format!("{}/{}", mib(sample.disk_used), mib(sample.disk_total)),
    ]
}
