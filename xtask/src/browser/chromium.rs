//! Finding and starting Chromium.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::protocol::{Pipe, Tab};

/// A running browser with a profile of its own.
pub struct Chromium {
    child: Child,
    pipe: Pipe,
    _profile: tempfile::TempDir,
}

impl Chromium {
    /// Starts the browser without a window.
    ///
    /// # Errors
    /// If there is none and none can be installed.
    pub fn start() -> Result<Self> {
        let program = find()?;
        let profile = tempfile::tempdir().context("cannot make a folder for the browser's profile")?;
        let mut arguments: Vec<String> = [
            "--headless",
            "--remote-debugging-pipe",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
        ]
        .map(str::to_owned)
        .into();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        if is_root() {
            // Chromium refuses to run its sandbox as root. The pages are our own.
            arguments.push("--no-sandbox".to_owned());
        }
        // The browser reads commands from descriptor 3 and writes answers to 4. The shell moves its own
        // standard streams there and becomes the browser.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null"])
            .arg(&program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("the browser has no pipes");
        };
        Ok(Self { child, pipe: Pipe::new(input, output), _profile: profile })
    }

    /// Opens a file in a window of this size and waits until it is loaded.
    ///
    /// # Errors
    /// If the file does not exist or the browser does not answer.
    pub fn open(&mut self, page: &Path, width: u32, height: u32) -> Result<Tab<'_>> {
        let page = page.canonicalize().with_context(|| format!("cannot find {}", page.display()))?;
        let target = self.pipe.call(None, "Target.createTarget", json!({ "url": "about:blank" }))?;
        let target = target["targetId"].as_str().context("no target")?.to_owned();
        let attach = json!({ "targetId": target, "flatten": true });
        let session = self.pipe.call(None, "Target.attachToTarget", attach)?;
        let session = session["sessionId"].as_str().context("no session")?.to_owned();
        let mut tab = Tab::new(&mut self.pipe, target, session);
        tab.load(&file_address(&page), width, height)?;
        Ok(tab)
    }

    /// Closes the browser.
    pub fn close(mut self) {
        let _ = self.pipe.call(None, "Browser.close", json!({}));
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Nothing happens to a browser that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn file_address(path: &Path) -> String {
    let mut out = "file://".to_owned();
    for byte in path.to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn find() -> Result<PathBuf> {
    if let Some(program) = std::env::var_os("INDICIA_CHROMIUM") {
        return Ok(program.into());
    }
    if let Some(program) = on_path() {
        return Ok(program);
    }
    if is_root() && in_path("apt-get").is_some() {
        eprintln!("the browser check needs Chromium; installing the Debian package `chromium`");
        let _ = Command::new("apt-get").arg("update").stdout(Stdio::null()).status();
        let _ = Command::new("apt-get")
            .args(["install", "-y", "--no-install-recommends", "chromium"])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null())
            .status();
        if let Some(program) = on_path() {
            return Ok(program);
        }
    }
    bail!(
        "the browser check needs Chromium: install the Debian package `chromium`, or set INDICIA_CHROMIUM to a Chromium or Chrome"
    )
}

fn on_path() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].into_iter().find_map(in_path)
}

fn in_path(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
