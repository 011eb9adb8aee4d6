use serde::Serialize;
use serde::ser::SerializeMap;

use super::Definition;
use crate::stats::Estimate;

/// What was measured of one kind of output (boxes, spans, segments, ranks, texts) on a set of items.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Name in JSON and before the point in protocols, such as `boxes`.
    pub name: &'static str,
    /// What was counted, such as items, true boxes, predicted boxes.
    pub counts: Vec<(&'static str, u64)>,
    /// How outputs were compared with the truth, in words.
    pub protocol: String,
    /// Values in the order of their definitions; `None` where there is none, as without true boxes.
    pub metrics: Vec<(&'static Definition, Option<Estimate>)>,
    /// The same for each type of object, by name.
    pub by_type: Vec<Section>,
    /// Name of the type that this is about; empty for all together.
    pub of: String,
}

impl Section {
    /// The value of the metric of this id, where there is one.
    pub fn get(&self, id: &str) -> Option<Estimate> {
        self.metrics.iter().find(|(info, _)| info.id == id)?.1
    }
}

/// Counts, the protocol in words, a map from metric to estimate, and the types, all in one object.
impl Serialize for Section {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, count) in &self.counts {
            map.serialize_entry(name, count)?;
        }
        if !self.protocol.is_empty() {
            map.serialize_entry("protocol", &self.protocol)?;
        }
        for (info, estimate) in &self.metrics {
            map.serialize_entry(info.id, estimate)?;
        }
        if !self.by_type.is_empty() {
            struct Types<'a>(&'a [Section]);
            impl Serialize for Types<'_> {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_map(self.0.iter().map(|section| (&section.of, section)))
                }
            }
            map.serialize_entry("by_type", &Types(&self.by_type))?;
        }
        map.end()
    }
}
