//! Names of the released checkpoints.

use indicia_nn::filters::Noiseprint;
use indicia_nn::parity::Renames;

use super::{Fusion, MmFusion};

/// From the keys of a released checkpoint (its `state_dict` and its `extractor_state_dict`) to those of
/// [`MmFusion`]. The extractor's `srm.filters` is a constant here and has no counterpart.
pub fn renames(network: &MmFusion, fusion: Fusion) -> Renames {
    let mut renames: Renames = network
        .noiseprint
        .as_ref()
        .map_or_else(Vec::new, |extractor: &Noiseprint| extractor.renames(r"noiseprint\.", "noiseprint."));
    let mut pair = |from: &str, to: &str| renames.push((from.to_owned(), to.to_owned()));
    pair(r"^backbone\.(patch_embed|block|norm)(\d)\.", "encoder.${1}${2}.");
    match fusion {
        Fusion::Early => {
            for stage in 0..4 {
                let (from, to) = (
                    format!(r"^backbone\.extra_downsample_layers\.{stage}\."),
                    format!("streams.0.encoder.patch_embed{}.", stage + 1),
                );
                pair(&format!(r"{from}proj\.module\."), &format!("{to}proj."));
                pair(&format!(r"{from}norm\.ln_0\."), &format!("{to}norm."));
            }
            pair(r"^backbone\.extra_(block|norm)(\d)\.", "streams.0.encoder.${1}${2}.");
            pair(r"^backbone\.FRMs\.", "streams.0.rectify.");
            pair(r"^backbone\.FFMs\.", "streams.0.fuse.");
            pair(r"^backbone\.modal_mix\.", "mixer.");
            pair(r"^mixer\.(.*)convs\.(\d)\.0\.", "mixer.${1}convs.${2}.conv.");
            pair(r"^mixer\.(.*)convs\.(\d)\.1\.", "mixer.${1}convs.${2}.bn.");
            pair(r"^mixer\.(.*)final\.", "mixer.${1}last.");
        }
        Fusion::Late => {
            pair(r"^backbone\.extra\.(\d+)\.FRMs\.", "streams.${1}.rectify.");
            pair(r"^backbone\.extra\.(\d+)\.FFMs\.", "streams.${1}.fuse.");
            pair(r"^backbone\.extra\.(\d+)\.", "streams.${1}.encoder.");
        }
    }
    pair(r"_weights\.mlp\.0\.", "_weights.first.");
    pair(r"_weights\.mlp\.2\.", "_weights.second.");
    for (number, name) in [(0, "reduce"), (1, "depthwise"), (3, "expand"), (4, "inner_norm")] {
        pair(&format!(r"channel_emb\.channel_embed\.{number}\."), &format!("channel_emb.{name}."));
    }
    pair(r"^detection\.0\.", "detection.first.");
    pair(r"^detection\.3\.", "detection.second.");
    renames
}
