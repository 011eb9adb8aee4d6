//! Downloads a file of a known length, going on where an earlier download broke off.

use std::fs::{self, OpenOptions};
use std::io::{IsTerminal, Read, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ureq::http::Response;
use ureq::{Agent, Body};

/// Longest wait for a connection, and for the head of an answer.
const WAIT: Duration = Duration::from_secs(30);

/// Fills `file` with the `bytes` bytes at `address`. What is in it already is kept if the server can go on from
/// there. After an error what came so far is left, to be gone on with, unless it can be of no use.
///
/// # Errors
/// Without network, with the server's answer, or if it has more or fewer bytes.
pub fn to_file(address: &str, bytes: u64, file: &Path) -> Result<()> {
    let have = fs::metadata(file).map_or(0, |about| about.len());
    if have == bytes {
        return Ok(());
    }
    let have = if have < bytes { have } else { 0 };
    let config = Agent::config_builder()
        .timeout_connect(Some(WAIT))
        .timeout_recv_response(Some(WAIT))
        .max_redirects(10)
        .http_status_as_error(false)
        // A packed answer would have other bytes than those that are counted.
        .accept_encoding("identity")
        .user_agent(concat!("indicia/", env!("CARGO_PKG_VERSION")))
        .build();
    let mut request = Agent::new_with_config(config).get(address);
    if have > 0 {
        request = request.header("range", format!("bytes={have}-"));
    }
    let answer = request.call().with_context(|| format!("cannot fetch {address} (is there a network?)"))?;
    let (start, answer) = match answer.status().as_u16() {
        200 => (0, answer),
        206 if starts_at(&answer, have) => (have, answer),
        // The server has another idea of the file: begin anew next time.
        206 | 416 => {
            fs::remove_file(file).with_context(|| format!("cannot remove {}", file.display()))?;
            bail!("{address} cannot be gone on with from byte {have}; the same command begins anew");
        }
        status => bail!("{address} answers with status {status}"),
    };
    let mut out = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(start == 0)
        .append(start > 0)
        .open(file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    let bar = bar(bytes);
    bar.set_position(start);
    let mut source = answer.into_body().into_reader();
    let (mut at, mut buffer) = (start, vec![0; 1 << 16]);
    loop {
        let count = source.read(&mut buffer).with_context(|| {
            format!("{address} broke off after {at} of {bytes} bytes; the same command goes on")
        })?;
        if count == 0 {
            break;
        }
        at += count as u64;
        if at > bytes {
            drop(out);
            fs::remove_file(file).with_context(|| format!("cannot remove {}", file.display()))?;
            bail!("{address} gives more than the {bytes} bytes that are published");
        }
        out.write_all(&buffer[..count]).with_context(|| format!("cannot write {}", file.display()))?;
        bar.set_position(at);
    }
    out.sync_all().with_context(|| format!("cannot write {}", file.display()))?;
    bar.finish_and_clear();
    if at < bytes {
        bail!("{address} broke off after {at} of {bytes} bytes; the same command goes on");
    }
    Ok(())
}

/// True if a partial answer says that it begins at this byte.
fn starts_at(answer: &Response<Body>, byte: u64) -> bool {
    let range = answer.headers().get("content-range").and_then(|value| value.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {byte}-")))
}

fn bar(bytes: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left");
    ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
