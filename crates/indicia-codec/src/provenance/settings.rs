//! From the user's trust settings to the C2PA library's, and what stands between it and the network.

use std::io::Read;
use std::time::{Duration, Instant};

use c2pa::http::{HttpResolverError, SyncHttpResolver, http};
use c2pa::{Context, Settings};
use indicia_core::{Error, Result, TrustSettings};
use x509_parser::pem::Pem;

/// Longest time one request may take.
const REQUEST: Duration = Duration::from_secs(20);
/// Longest time the validation of one file may take. A 100 MB file takes well under a second; a store made
/// to keep a validator busy is given up.
const VALIDATION: Duration = Duration::from_secs(30);
/// Largest manifest store that is fetched, in bytes.
const FETCHED: u64 = 32 << 20;

/// Checks that trust lists hold certificates.
pub(super) fn check(trust: &TrustSettings) -> Result<()> {
    if let Some(pem) = &trust.anchors_pem {
        let count = certificates("list of trust anchors", pem)?;
        if count == 0 {
            return Err(Error::configuration(
                "list of trust anchors holds no certificate, expected PEM blocks (-----BEGIN CERTIFICATE-----)",
            ));
        }
    }
    if let Some(pem) = &trust.allowed_pem {
        certificates("list of allowed signers", pem)?;
    }
    settings(trust).map(drop)
}

fn certificates(what: &str, pem: &str) -> Result<usize> {
    let mut count = 0;
    for block in Pem::iter_from_buffer(pem.as_bytes()) {
        count += 1;
        let block =
            block.map_err(|e| Error::configuration_from(format!("{what}: block {count} is not PEM"), e))?;
        block.parse_x509().map_err(|e| {
            Error::configuration_from(format!("{what}: block {count} is not an X.509 certificate"), e)
        })?;
    }
    Ok(count)
}

fn settings(trust: &TrustSettings) -> Result<Settings> {
    let mut list = serde_json::Map::new();
    let fields = [
        ("trust_anchors", &trust.anchors_pem),
        ("allowed_list", &trust.allowed_pem),
        ("trust_config", &trust.key_usages),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            list.insert(name.to_owned(), value.as_str().into());
        }
    }
    let mut core = serde_json::Map::new();
    if !trust.online {
        // No host is allowed. The refusing resolver below is the second lock on the same door.
        core.insert("allowed_network_hosts".to_owned(), serde_json::json!([]));
    }
    let overlay = serde_json::json!({
        "trust": list,
        "core": core,
        // Remote manifests are fetched by this module, with its own bounds, never by the library.
        "verify": { "remote_manifest_fetch": false, "ocsp_fetch": trust.online },
    });
    Settings::new()
        .with_json(&overlay.to_string())
        .map_err(|e| Error::configuration_from("trust settings are not accepted", e))
}

/// What one validation runs with: its settings, a resolver that refuses unless the user allowed the network,
/// and a deadline. Nothing is shared between threads.
pub(super) fn context(trust: &TrustSettings) -> Result<Context> {
    let context = Context::new().with_settings(settings(trust)?);
    let mut context = context.map_err(|e| Error::internal_from("C2PA settings", e))?;
    let resolver =
        if trust.online { context.set_resolver(Online::new()) } else { context.set_resolver(Offline) };
    resolver.map_err(|e| Error::internal_from("C2PA network settings", e))?;
    let start = Instant::now();
    context.set_progress_callback(move |_, _, _| start.elapsed() < VALIDATION);
    Ok(context)
}

/// Refuses every request.
struct Offline;

impl SyncHttpResolver for Offline {
    fn http_resolve(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Box<dyn Read>>, HttpResolverError> {
        Err(HttpResolverError::UriDisallowed { uri: request.uri().to_string() })
    }
}

/// Asks the network, within bounds of time and size.
struct Online(ureq::Agent);

impl Online {
    fn new() -> Self {
        let config = ureq::Agent::config_builder().timeout_global(Some(REQUEST)).max_redirects(5);
        Self(config.build().new_agent())
    }
}

impl SyncHttpResolver for Online {
    fn http_resolve(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Box<dyn Read>>, HttpResolverError> {
        let response = self.0.run(request).map_err(|e| HttpResolverError::Other(Box::new(e)))?;
        let (parts, body) = response.into_parts();
        // Only the status goes on: the length that a server announces is not to be believed.
        let body: Box<dyn Read> = Box::new(body.into_reader().take(FETCHED));
        Ok(http::Response::builder().status(parts.status).body(body)?)
    }
}

/// Fetches a remote manifest store.
///
/// # Errors
/// In words for the report.
pub(super) fn fetch(url: &str) -> Result<Vec<u8>, String> {
    let request = http::Request::get(url).body(vec![]).map_err(|e| e.to_string())?;
    let response = Online::new().http_resolve(request).map_err(|e| e.to_string())?;
    if response.status() != http::StatusCode::OK {
        return Err(format!("the server answered {}, expected 200", response.status()));
    }
    let mut bytes = vec![];
    response.into_body().read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    if bytes.len() as u64 >= FETCHED {
        return Err(format!("the manifest store is larger than {FETCHED} bytes"));
    }
    Ok(bytes)
}
