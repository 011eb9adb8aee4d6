/// Built-in protocols by name.
const BUILTIN: &[(&str, &str)] = &[
    ("all", include_str!("builtin/all.toml")),
    ("robustness", include_str!("builtin/robustness.toml")),
    ("equalised", include_str!("builtin/equalised.toml")),
    ("subgroups", include_str!("builtin/subgroups.toml")),
    ("occlusion", include_str!("builtin/occlusion.toml")),
    ("leave-one-method-out", include_str!("builtin/leave-one-method-out.toml")),
    ("leave-one-domain-out", include_str!("builtin/leave-one-domain-out.toml")),
    ("one-against-all", include_str!("builtin/one-against-all.toml")),
    ("size-curve", include_str!("builtin/size-curve.toml")),
    ("df40/1", include_str!("builtin/df40-1.toml")),
    ("df40/2", include_str!("builtin/df40-2.toml")),
    ("df40/3", include_str!("builtin/df40-3.toml")),
    ("df40/4", include_str!("builtin/df40-4.toml")),
    ("forgerynet/image", include_str!("builtin/forgerynet-image.toml")),
    ("forgerynet/spatial", include_str!("builtin/forgerynet-spatial.toml")),
    ("forgerynet/video", include_str!("builtin/forgerynet-video.toml")),
    ("forgerynet/temporal", include_str!("builtin/forgerynet-temporal.toml")),
    ("incremental/types", include_str!("builtin/incremental-types.toml")),
    ("incremental/datasets", include_str!("builtin/incremental-datasets.toml")),
    ("dragon/1", include_str!("builtin/dragon-1.toml")),
    ("dragon/2", include_str!("builtin/dragon-2.toml")),
    ("dragon/3", include_str!("builtin/dragon-3.toml")),
    ("dragon/4", include_str!("builtin/dragon-4.toml")),
    ("dragon/5", include_str!("builtin/dragon-5.toml")),
    ("forensics-bench/semantic", include_str!("builtin/forensics-bench-semantic.toml")),
    ("forensics-bench/type", include_str!("builtin/forensics-bench-type.toml")),
    ("forensics-bench/model", include_str!("builtin/forensics-bench-model.toml")),
    ("forensics-bench/modality", include_str!("builtin/forensics-bench-modality.toml")),
    ("forensics-bench/task", include_str!("builtin/forensics-bench-task.toml")),
];

/// TOML of a built-in protocol.
pub fn builtin(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Names of the built-in protocols.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(name, _)| *name)
}
