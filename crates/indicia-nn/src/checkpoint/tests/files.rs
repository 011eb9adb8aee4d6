use super::*;

#[test]
fn every_layout_of_torch_save_gives_the_same_values() {
    let expected: BTreeMap<String, f64> =
        serde_json::from_value(json("net.json")["checksums"].clone()).unwrap();
    for name in ["net.pth", "net-legacy.pth", "net-nested.pth"] {
        let checkpoint = Checkpoint::open(&fixture(name)).unwrap();
        let names: Vec<&str> = checkpoint.names().collect();
        assert_eq!(names, expected.keys().map(String::as_str).collect::<Vec<_>>(), "{name}");
        for (tensor, sum) in &expected {
            let got = checksum(&checkpoint.values(tensor).unwrap());
            assert!((got - sum).abs() < 1e-9, "{name} {tensor}: {got} {sum}");
        }
    }
}

#[test]
fn the_dictionary_with_the_weights_is_told_or_named() {
    let nested = Checkpoint::open(&fixture("net-nested.pth")).unwrap();
    assert_eq!((nested.under(), nested.len()), ("state_dict", 11));
    assert!(nested.names().all(|name| !name.starts_with("module.")));
    let other = Checkpoint::open_at(&fixture("net-nested.pth"), "extractor_state_dict").unwrap();
    assert_eq!(other.names().collect::<Vec<_>>(), ["filter"]);
    let filter = other.values("filter").unwrap();
    assert_eq!(filter.try_to_vec_as::<f32>().unwrap(), [7.0; 4]);
    let deep = Checkpoint::open_at(&fixture("net-nested.pth"), "optimizer.state.0").unwrap();
    assert_eq!(deep.names().collect::<Vec<_>>(), ["exp_avg", "exp_avg_sq", "step"]);
    let missing = Checkpoint::open_at(&fixture("net-nested.pth"), "model").unwrap_err().to_string();
    let expected = "no key \"model\", tensors are under: extractor_state_dict, optimizer, state_dict";
    assert!(missing.ends_with(expected), "{missing}");
    let none = Checkpoint::open_at(&fixture("net-nested.pth"), "args").unwrap_err().to_string();
    assert!(none.ends_with("no tensors under the key \"args\""), "{none}");
    let several = Checkpoint::open(&fixture("two.pth")).unwrap_err().to_string();
    assert!(
        several.ends_with("several sets of tensors, name the one to take: left (1), right (1)"),
        "{several}"
    );
    let right = Checkpoint::open_at(&fixture("two.pth"), "right").unwrap();
    assert_eq!(right.about("b"), Some(About { shape: vec![3], dtype: DType::F32 }));
    let flat = Checkpoint::open_at(&fixture("hf-dinov2.safetensors"), "model").unwrap_err().to_string();
    assert!(flat.contains("safetensors are not nested"), "{flat}");
}

#[test]
fn elements_and_views_of_every_kind_are_read() {
    let checkpoint = Checkpoint::open(&fixture("kinds.pth")).unwrap();
    let values = |name: &str| checkpoint.values(name).unwrap().try_to_vec_as::<f64>().unwrap();
    let counted: Vec<f64> = (0..12).map(f64::from).collect();
    for (name, dtype) in
        [("f16", DType::F16), ("bf16", DType::BF16), ("i64", DType::I64), ("parameter", DType::F32)]
    {
        assert_eq!(checkpoint.about(name).unwrap().dtype, dtype);
        assert_eq!(values(name), counted, "{name}");
    }
    assert_eq!(values("f64")[1], 1.0 / 3.0);
    let big = checkpoint.values("bool").unwrap().try_to_vec::<bool>().unwrap();
    assert_eq!(big.iter().filter(|b| **b).count(), 6);
    // The transpose of 3x4, a column, a number alone, one number in six places.
    assert_eq!(checkpoint.about("turned").unwrap().shape, [4, 3]);
    assert_eq!(values("turned")[..4], [0.0, 4.0, 8.0, 1.0]);
    assert_eq!(values("part"), [6.0, 10.0]);
    assert_eq!((checkpoint.about("one").unwrap().shape, values("one")), (vec![], vec![2.5]));
    assert_eq!(values("repeated"), [1.0; 6]);
    let error = checkpoint.values("none").unwrap_err().to_string();
    assert!(error.contains("no tensor \"none\", there are: bf16, bool"), "{error}");
}

#[test]
fn safetensors_are_read_where_they_lie() {
    let path = fixture("hf-dinov2.safetensors");
    let [file, memory] = [
        Checkpoint::open(&path).unwrap(),
        Checkpoint::from_safetensors(Arc::new(std::fs::read(&path).unwrap()), "memory").unwrap(),
    ];
    assert!(file.len() > 30 && file.names().eq(memory.names()));
    for name in file.names() {
        assert_eq!(file.values(name).unwrap(), memory.values(name).unwrap());
    }
    let part = file.below("encoder.layer.0.");
    assert!(part.names().any(|name| name == "norm1.weight") && part.len() < file.len() / 2);
}
