//! The DevTools protocol over a pipe: messages are JSON, each ended by a zero byte.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use serde_json::{Value, json};

/// How long one answer may take. Generous, for busy machines.
const PATIENCE: Duration = Duration::from_secs(60);

/// The browser's end of the pipe.
pub struct Pipe {
    input: ChildStdin,
    messages: Receiver<Value>,
    /// Events that came while an answer was awaited.
    events: VecDeque<Value>,
    last_id: u64,
}

impl Pipe {
    /// Reads messages on a thread of its own until the browser ends.
    pub fn new(input: ChildStdin, output: ChildStdout) -> Self {
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(output);
            let mut message = vec![];
            while reader.read_until(0, &mut message).is_ok_and(|n| n > 0) {
                if message.last() == Some(&0) {
                    message.pop();
                }
                let Ok(value) = serde_json::from_slice(&message) else { break };
                if sender.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        Self { input, messages, events: VecDeque::new(), last_id: 0 }
    }

    /// Sends a command and waits for its answer.
    ///
    /// # Errors
    /// If the browser refuses, ends, or does not answer in time.
    pub fn call(&mut self, session: Option<&str>, method: &str, parameters: Value) -> Result<Value> {
        self.last_id += 1;
        let id = self.last_id;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = serde_json::to_vec(&message)?;
        bytes.push(0);
        self.input
            .write_all(&bytes)
            .and_then(|()| self.input.flush())
            .with_context(|| format!("{method}: the browser has ended"))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let mut answer = self
                .messages
                .recv_timeout(left)
                .with_context(|| format!("{method}: the browser does not answer"))?;
            if answer["id"] != json!(id) {
                self.events.push_back(answer);
                continue;
            }
            if let Some(error) = answer.get("error") {
                bail!("{method}: {error}");
            }
            return Ok(answer["result"].take());
        }
    }

    /// The next event, waited for.
    fn event(&mut self, what: &str) -> Result<Value> {
        match self.events.pop_front() {
            Some(event) => Ok(event),
            None => self.messages.recv_timeout(PATIENCE).with_context(|| format!("no {what} came")),
        }
    }
}

/// One page.
pub struct Tab<'a> {
    pipe: &'a mut Pipe,
    target: String,
    session: String,
    address: String,
    seen: Vec<Value>,
}

impl<'a> Tab<'a> {
    /// A tab that is attached already.
    pub fn new(pipe: &'a mut Pipe, target: String, session: String) -> Self {
        Self { pipe, target, session, address: String::new(), seen: vec![] }
    }

    fn call(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.pipe.call(Some(&self.session), method, parameters)
    }

    /// Loads an address at a window size.
    ///
    /// # Errors
    /// If it cannot be loaded.
    pub fn load(&mut self, address: &str, width: u32, height: u32) -> Result<()> {
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), json!({}))?;
        }
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size)?;
        self.address = address.to_owned();
        let answer = self.call("Page.navigate", json!({ "url": address }))?;
        if let Some(error) = answer.get("errorText") {
            bail!("cannot load {address}: {error}");
        }
        loop {
            let event = self.pipe.event("end of loading")?;
            let loaded =
                event["method"] == "Page.loadEventFired" && event["sessionId"] == json!(self.session);
            self.seen.push(event);
            if loaded {
                break;
            }
        }
        // Big data: pictures may still be decoding.
        self.evaluate("Promise.all([...document.images].map((image) => image.decode().catch(() => {})))")?;
        Ok(())
    }

    /// Value of an expression in the page; promises are awaited.
    ///
    /// # Errors
    /// If it throws.
    pub fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut answer = self.call("Runtime.evaluate", parameters)?;
        if let Some(details) = answer.get("exceptionDetails") {
            bail!("{expression:.60}: {}", details["exception"]["description"].as_str().unwrap_or("failed"));
        }
        Ok(answer["result"]["value"].take())
    }

    /// Switches between the page's look on paper and on the screen.
    ///
    /// # Errors
    /// If the browser refuses.
    pub fn emulate_print(&mut self, on: bool) -> Result<()> {
        self.call("Emulation.setEmulatedMedia", json!({ "media": if on { "print" } else { "" } }))?;
        Ok(())
    }

    /// A PNG of the window, of a clip of the page, or of the whole page.
    ///
    /// # Errors
    /// If the browser refuses.
    pub fn screenshot(&mut self, clip: Option<Value>, whole: bool) -> Result<Vec<u8>> {
        let mut parameters = json!({ "format": "png", "captureBeyondViewport": whole || clip.is_some() });
        if whole {
            let size = self.evaluate(
                "({ x: 0, y: 0, scale: 1, width: innerWidth, height: Math.min(document.documentElement.scrollHeight, 14000) })",
            )?;
            parameters["clip"] = size;
        }
        if let Some(clip) = clip {
            parameters["clip"] = clip;
        }
        let answer = self.call("Page.captureScreenshot", parameters)?;
        let data = answer["data"].as_str().context("no screenshot")?;
        Ok(base64::engine::general_purpose::STANDARD.decode(data)?)
    }

    /// Errors on the console, exceptions, and requests for anything but the page itself and `data:`.
    pub fn complaints(&mut self) -> Vec<String> {
        self.seen.extend(self.pipe.events.drain(..));
        let events = std::mem::take(&mut self.seen);
        let own = events.iter().filter(|event| event["sessionId"] == json!(self.session));
        own.filter_map(|event| self.complaint(event)).collect()
    }

    fn complaint(&self, event: &Value) -> Option<String> {
        let parameters = &event["params"];
        match event["method"].as_str()? {
            "Runtime.exceptionThrown" => {
                let text = &parameters["exceptionDetails"]["exception"]["description"];
                Some(format!("a script failed: {text}"))
            }
            "Runtime.consoleAPICalled" if parameters["type"] != "log" => {
                Some(format!("the console says: {}", parameters["args"]))
            }
            "Log.entryAdded" if parameters["entry"]["level"] != "verbose" => {
                Some(format!("the browser logs: {}", parameters["entry"]["text"]))
            }
            "Network.requestWillBeSent" => {
                let address = parameters["request"]["url"].as_str().unwrap_or_default();
                let allowed =
                    address.starts_with("data:") || address == self.address || address == "about:blank";
                (!allowed).then(|| format!("the page asks for {address:.80}"))
            }
            _ => None,
        }
    }

    /// Closes the tab.
    ///
    /// # Errors
    /// If the browser has ended.
    pub fn close(self) -> Result<()> {
        self.pipe.call(None, "Target.closeTarget", json!({ "targetId": self.target }))?;
        Ok(())
    }
}
