//! Which dictionary of a checkpoint holds the weights.

use burn::store::pytorch_reader::PickleValue;

/// Keys under which published checkpoints keep their weights, the likeliest first.
const USUAL: [&str; 14] = [
    "state_dict",
    "model_state_dict",
    "model",
    "net",
    "network",
    "params_ema",
    "params",
    "model_ema",
    "module",
    "weights",
    "teacher",
    "student",
    "extractor_state_dict",
    "backbone",
];

/// Keys whose tensors are no weights.
const OTHERS: [&str; 8] = [
    "optimizer",
    "optimizer_state_dict",
    "optimizer_states",
    "optim",
    "scheduler",
    "lr_scheduler",
    "scaler",
    "rng_state",
];

/// Dictionaries within dictionaries that are looked into.
const DEEPEST: usize = 4;

/// How a tensor shows among the values that `pytorch-reader` gives.
const TENSOR: &str = "torch.Tensor";

fn is_tensor(value: &PickleValue) -> bool {
    matches!(value, PickleValue::Unsupported(name) if name == TENSOR)
}

fn direct(value: &PickleValue) -> usize {
    match value {
        PickleValue::Dict(dict) => dict.values().filter(|v| is_tensor(v)).count(),
        _ => 0,
    }
}

/// Tensors in a value and all that it holds.
fn count(value: &PickleValue) -> usize {
    match value {
        PickleValue::Dict(dict) => dict.values().map(count).sum(),
        PickleValue::List(list) => list.iter().map(count).sum(),
        value => is_tensor(value).into(),
    }
}

/// The keys, outermost first, of the dictionary that holds the weights: `named` as a path with dots, or the one
/// that can be told. Empty for the root.
///
/// # Errors
/// What is there instead.
pub fn path(root: &PickleValue, named: Option<&str>) -> Result<Vec<String>, String> {
    match named {
        Some(named) => by_name(root, named),
        None => by_guess(root),
    }
}

fn by_name(root: &PickleValue, named: &str) -> Result<Vec<String>, String> {
    let mut keys = vec![];
    let mut value = root;
    let mut rest = named;
    while !rest.is_empty() {
        let PickleValue::Dict(dict) = value else {
            return Err(format!("no dictionary at {:?}, expected one with the key {rest:?}", keys.join(".")));
        };
        // The whole rest may be one key with dots in it.
        let ends = rest.match_indices('.').map(|(i, _)| i).chain([rest.len()]);
        let Some(end) = ends.rev().find(|end| dict.contains_key(&rest[..*end])) else {
            let mut known: Vec<_> =
                dict.iter().filter(|(_, v)| count(v) > 0).map(|(k, _)| k.clone()).collect();
            known.sort();
            return Err(format!("no key {rest:?}, tensors are under: {}", shortened(&known)));
        };
        keys.push(rest[..end].to_owned());
        value = &dict[&rest[..end]];
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    match count(value) {
        0 => Err(format!("no tensors under the key {named:?}")),
        _ => Ok(keys),
    }
}

fn by_guess(root: &PickleValue) -> Result<Vec<String>, String> {
    let mut keys: Vec<String> = vec![];
    let mut value = root;
    while keys.len() < DEEPEST {
        let PickleValue::Dict(dict) = value else { break };
        let mut inner: Vec<(&str, &PickleValue, usize)> = dict
            .iter()
            .filter(|(key, _)| !OTHERS.contains(&key.as_str()))
            .map(|(key, value)| (key.as_str(), value, count(value)))
            .filter(|(_, value, count)| *count > 0 && matches!(value, PickleValue::Dict(_)))
            .collect();
        inner.sort_by_key(|(key, ..)| {
            (USUAL.iter().position(|usual| usual == key).unwrap_or(USUAL.len()), *key)
        });
        let largest = inner.iter().map(|(.., count)| *count).max().unwrap_or(0);
        // A dictionary of weights may hold one of another kind beside them, and a checkpoint a single mean.
        if direct(value) >= largest.max(1) {
            break;
        }
        let usual = inner.first().filter(|(key, ..)| USUAL.contains(key)).copied();
        let Some((key, chosen, _)) = usual.or((inner.len() == 1).then(|| inner[0])) else {
            // Networks saved whole, dictionary by dictionary: together they are the weights.
            if inner.is_empty() || !keys.is_empty() {
                break;
            }
            let listed: Vec<_> = inner.iter().map(|(key, _, count)| format!("{key} ({count})")).collect();
            return Err(format!("several sets of tensors, name the one to take: {}", shortened(&listed)));
        };
        keys.push(key.to_owned());
        value = chosen;
    }
    match count(value) {
        0 => Err("no tensors".into()),
        _ => Ok(keys),
    }
}

/// A list as messages show it: the first dozen, and how many more there are.
pub fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 12;
    match names.len() {
        0 => "nothing".into(),
        n if n <= SHOWN => names.join(", "),
        n => format!("{} and {} more", names[..SHOWN].join(", "), n - SHOWN),
    }
}
