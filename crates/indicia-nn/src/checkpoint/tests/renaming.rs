use burn::store::bridge;

use super::*;

fn held(tensors: &[(&str, &[usize], &[f32])]) -> Checkpoint {
    let tensor = |(name, shape, values): &(&str, &[usize], &[f32])| {
        let data = TensorData::new(values.to_vec(), shape.to_vec());
        ((*name).to_owned(), bridge::from_data(data, (*name).to_owned(), None))
    };
    Checkpoint {
        name: "file".into(),
        tensors: tensors.iter().map(tensor).collect(),
        metadata: BTreeMap::new(),
        under: String::new(),
    }
}

fn values(checkpoint: &Checkpoint, name: &str) -> Vec<f32> {
    checkpoint.values(name).unwrap().try_to_vec_as().unwrap()
}

fn rules(steps: &str) -> Renames {
    Renames::parse(&format!("about = 'a'\n{steps}"), "rules").unwrap()
}

#[test]
fn published_networks_get_the_names_and_layouts_of_modules() {
    let mut tested = 0;
    for name in Renames::names() {
        let path = fixture(&format!("{name}.safetensors"));
        if !path.exists() {
            continue;
        }
        tested += 1;
        let renamed = Checkpoint::open(&path).unwrap().rename(&Renames::builtin(name).unwrap()).unwrap();
        let expected = json(&format!("{name}.json"));
        let expected = expected["tensors"].as_object().unwrap();
        let names: Vec<&str> = renamed.names().collect();
        let known: Vec<&str> = expected.keys().map(String::as_str).collect();
        assert_eq!(names, known, "{name}");
        for (tensor, about) in expected {
            let shape: Vec<usize> = serde_json::from_value(about["shape"].clone()).unwrap();
            assert_eq!(renamed.about(tensor).unwrap().shape, shape, "{name} {tensor}");
            let data = renamed.values(tensor).unwrap();
            let (got, sum) = (checksum(&data), about["checksum"].as_f64().unwrap());
            assert!((got - sum).abs() < 1e-9, "{name} {tensor}: {got} {sum}");
        }
    }
    assert_eq!(tested, 9);
}

#[test]
fn the_other_rules_that_ship_do_what_they_say() {
    let qkv = held(&[("blocks.0.attn.qkv.bias", &[3], &[1.0, 2.0, 3.0]), ("norm.bias", &[1], &[4.0])]);
    let split = qkv.rename(&Renames::builtin("split-qkv").unwrap()).unwrap();
    assert_eq!(
        split.names().collect::<Vec<_>>(),
        ["blocks.0.attn.k.bias", "blocks.0.attn.q.bias", "blocks.0.attn.v.bias", "norm.bias"]
    );
    assert_eq!(values(&split, "blocks.0.attn.k.bias"), [2.0]);
    let one = |name| held(&[(name, &[1], &[0.0])]);
    let efficient = Renames::builtin("efficientnet-pytorch").unwrap();
    for (old, new) in [
        ("_conv_stem.weight", "conv_stem.weight"),
        ("_bn0.running_mean", "bn0.running_mean"),
        ("_blocks.12._expand_conv.weight", "blocks.12.expand_conv.weight"),
        ("_blocks.0._bn1.bias", "blocks.0.bn1.bias"),
        ("efficientnet._blocks.3._se_reduce.bias", "efficientnet.blocks.3.se_reduce.bias"),
        ("efficientnet._bn1.weight", "efficientnet.bn1.weight"),
        ("_fc.weight", "fc.weight"),
        ("classifier.weight", "classifier.weight"),
    ] {
        assert_eq!(one(old).rename(&efficient).unwrap().names().collect::<Vec<_>>(), [new]);
    }
    let timm = held(&[("mask_token", &[1], &[0.0]), ("head.bias", &[1], &[0.0])]);
    assert_eq!(
        timm.rename(&Renames::builtin("timm-vit").unwrap()).unwrap().names().collect::<Vec<_>>(),
        ["head.bias"]
    );
    for name in Renames::names() {
        assert!(!Renames::builtin(name).unwrap().about().is_empty());
    }
    let error = Renames::builtin("none").unwrap_err().to_string();
    assert!(error.contains("no rules named \"none\", there are: dinov2,"), "{error}");
}

#[test]
fn steps_change_values_as_by_hand() {
    let file = held(&[
        ("m", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ("c", &[2, 1, 1], &[7.0, 8.0]),
        ("p.b", &[1, 2], &[3.0, 4.0]),
        ("p.a", &[2, 2], &[9.0, 8.0, 1.0, 2.0]),
    ]);
    let changed = file
        .rename(&rules(
            "[[step]]\ntranspose = '^m$'\n[[step]]\nsqueeze = '^c$'\ndims = [1, 2]\n[[step]]\njoin = '^p\\.(?P<part>.)$'\nparts = ['a', 'b']\nto = 'p'\n[[step]]\nunsqueeze = '^c$'\ndims = [0]",
        ))
        .unwrap();
    assert_eq!(values(&changed, "m"), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    assert_eq!(changed.about("m").unwrap().shape, [3, 2]);
    assert_eq!(changed.about("c").unwrap().shape, [1, 2]);
    assert_eq!(values(&changed, "p"), [9.0, 8.0, 1.0, 2.0, 3.0, 4.0]);
    let parts = changed
        .rename(
            &rules("[[step]]\nsplit = '^p$'\ninto = ['x', 'y', 'z']")
                .then(&rules("[[step]]\nkeep = '^[yz]$'")),
        )
        .unwrap();
    assert_eq!(parts.names().collect::<Vec<_>>(), ["y", "z"]);
    assert_eq!(values(&parts, "y"), [1.0, 2.0]);
}

#[test]
fn steps_that_do_not_fit_name_the_tensor() {
    let file = held(&[("a", &[3], &[1.0, 2.0, 3.0]), ("b", &[1, 2], &[1.0, 2.0]), ("n", &[], &[1.0])]);
    for (steps, what) in [
        ("[[step]]\nrename = '^[ab]$'\nto = 'c'", "file: b would become c, as another tensor does"),
        (
            "[[step]]\nsplit = '^a$'\ninto = ['x', 'y']",
            "a has the shape [3], which does not split into 2 parts",
        ),
        ("[[step]]\nsplit = '^n$'\ninto = ['x', 'y']", "n has the shape [], which does not split"),
        ("[[step]]\ntranspose = '^a$'", "a has the shape [3], expected a matrix"),
        ("[[step]]\nsqueeze = '^a$'\ndims = [0]", "a has the shape [3], expected 1 at 0"),
        ("[[step]]\nsqueeze = '^b$'\ndims = [5]", "b has the shape [1, 2], expected 1 at 5"),
        ("[[step]]\nunsqueeze = '^a$'\ndims = [2]", "a has 1 dimensions, got 2"),
        (
            "[[step]]\njoin = '^(?P<part>a|b)$'\nparts = ['a', 'b']\nto = 'c'",
            "a F32 [3] and b F32 [1, 2] cannot be joined",
        ),
        ("[[step]]\njoin = '^(?P<part>a)$'\nparts = ['a', 'x']\nto = 'c'", "the part \"x\" of c is missing"),
        (
            "[[step]]\njoin = '^(?P<part>a|b)$'\nparts = ['a']\nto = 'c'",
            "b is the part \"b\" of c, expected a",
        ),
    ] {
        let error = file.rename(&rules(steps)).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn rules_that_are_none_say_why() {
    for (steps, what) in [
        ("[[step]]\nto = 'a'", "step 1: expected one of keep, drop"),
        ("[[step]]\nkeep = 'a'\ndrop = 'b'", "step 1: expected one of keep, drop"),
        ("[[step]]\nkeep = 'a'\n[[step]]\nrename = 'a'", "step 2: to is missing"),
        ("[[step]]\nkeep = 'a'\nto = 'b'", "step 1: to does not go with it"),
        ("[[step]]\nkeep = '('", "step 1: "),
        ("[[step]]\nsplit = 'a'\ninto = ['b']", "at least two names"),
        ("[[step]]\njoin = 'a'\nparts = ['b']\nto = 'c'", "(?P<part>...)"),
        ("[[step]]\nreplace = 'a'", "not rules"),
    ] {
        let error = Renames::parse(&format!("about = 'a'\n{steps}"), "rules").unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
    assert!(Renames::read(Path::new("/no/such")).unwrap_err().to_string().contains("cannot read /no/such"));
}
