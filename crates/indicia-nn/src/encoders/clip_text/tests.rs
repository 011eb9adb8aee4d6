use super::*;
use crate::device::cpu;
use crate::gradients::assert_all;
use crate::layers::tests::{assert_near, expected, fixture, read, roused};

fn tiny() -> ClipTextConfig {
    ClipTextConfig::new()
        .with_vocabulary(40)
        .with_context(9)
        .with_dim(24)
        .with_depth(2)
        .with_heads(2)
        .with_hidden(Some(48))
        .with_width(Some(16))
}

#[test]
fn equals_transformers() {
    for device in [cpu(), cpu().autodiff()] {
        let network = read(tiny().init(&device).unwrap(), "clip_text");
        let mut store = fixture("clip_text.expected");
        let ids = Tensor::<2, Int>::from_data(expected(&mut store, "ids"), &device);
        let out = network.forward(ids.clone(), &[0, 1, 2]);
        for (at, tokens) in out.kept.iter().enumerate() {
            assert_near(tokens, expected(&mut store, &format!("hidden.{at}")), "hidden");
        }
        assert_near(&out.tokens, expected(&mut store, "tokens"), "tokens");
        assert_near(&out.projected.unwrap(), expected(&mut store, "projected"), "projected");

        let ends = Tensor::<1, Int>::from_data([4, 6], &device);
        let embedded = network.token_embedding.forward(ids);
        let again = network.forward_embedded(embedded, ends, &[]);
        assert_near(&again.pooled, out.pooled.to_data(), "pooled from embeddings");
    }
}

#[test]
fn a_word_moves_nothing_before_it() {
    let device = cpu();
    let network = read(tiny().init(&device).unwrap(), "clip_text");
    let [a, b] = [[38, 3, 17, 5, 39], [38, 3, 17, 9, 39]]
        .map(|ids| network.forward(Tensor::<2, Int>::from_data([ids], &device), &[]).tokens);
    let [a_before, b_before] = [&a, &b].map(|tokens| tokens.clone().narrow(1, 0, 3));
    assert_near(&a_before, b_before.to_data(), "words before");
    let moved: f32 = (a - b).abs().max().into_scalar();
    assert!(moved > 1e-2, "{moved}");
}

#[test]
fn presets_hold_as_many_numbers_as_published() {
    let path = format!("{}/fixtures/vit/counts.json", env!("CARGO_MANIFEST_DIR"));
    let counts: serde_json::Value = serde_json::from_reader(std::fs::File::open(path).unwrap()).unwrap();
    let network = ClipTextConfig::preset("clip-vit-b-32").unwrap().init(&cpu()).unwrap();
    assert_eq!(Some(network.num_params() as u64), counts["clip-text-vit-b-32"].as_u64());
    assert!(ClipTextConfig::preset("siglip-b-16").is_err());
    assert!(tiny().with_heads(7).init(&cpu()).is_err());
}

#[test]
fn gradients_are_those_of_the_definition() {
    let device = cpu().autodiff();
    let config =
        tiny().with_vocabulary(6).with_context(5).with_dim(8).with_hidden(Some(12)).with_width(Some(5));
    let network = roused(config.init(&device).unwrap());
    let ids = Tensor::<2, Int>::from_data([[4, 1, 5, 0], [4, 2, 3, 5]], &device);
    assert_all(&network, 3, 4e-3, 3e-2, |network: &ClipText| {
        let out = network.forward(ids.clone(), &[]);
        let weights = Tensor::<1>::from_data([0.9, -0.4, 1.3, 0.2, -1.0], &device);
        let loss = (out.projected.unwrap() * weights.unsqueeze()).sum() + out.tokens.sin().mean();
        // Small, so that its rounding stays below the gradients that count.
        loss * 0.05
    });
}
