use super::*;

fn net() -> Net {
    Checkpoint::open(&fixture("net.pth")).unwrap().apply(Net::new(&cpu()), &Rules::strict()).unwrap().0
}

fn reread(storage: Storage) -> (Checkpoint, Net) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("net.safetensors");
    save(&net(), &path, storage, &BTreeMap::from([("method".into(), "a.b".into())])).unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    let bytes = std::fs::read(&path).unwrap();
    let checkpoint = Checkpoint::from_safetensors(Arc::new(bytes), "net").unwrap();
    let read = checkpoint.apply(Net::new(&cpu()), &Rules::strict()).unwrap().0;
    (checkpoint, read)
}

#[test]
fn full_weights_come_back_as_they_were() {
    let (checkpoint, read) = reread(Storage::Full);
    assert_eq!(read.output(), net().output());
    assert_eq!(checkpoint.metadata()["method"], "a.b");
    // PyTorch's names and layout.
    assert_eq!(checkpoint.about("fc.weight").unwrap().shape, [5, 4]);
    assert!(checkpoint.about("bn.running_var").is_some() && checkpoint.about("norm.weight").is_some());
    let original = Checkpoint::open(&fixture("net.pth")).unwrap();
    for name in checkpoint.names() {
        assert_eq!(checkpoint.values(name).unwrap(), original.values(name).unwrap(), "{name}");
    }
    let twice = [(); 2].map(|()| to_bytes(&net(), Storage::Full, checkpoint.metadata()).unwrap());
    assert_eq!(twice[0], twice[1]);
}

#[test]
fn bf16_is_off_by_at_most_its_rounding() {
    let (checkpoint, read) = reread(Storage::Bf16);
    let original = Checkpoint::open(&fixture("net.pth")).unwrap();
    for name in checkpoint.names() {
        assert_eq!(checkpoint.about(name).unwrap().dtype, DType::BF16);
        let [got, was] =
            [&checkpoint, &original].map(|c| c.values(name).unwrap().try_to_vec_as::<f32>().unwrap());
        for (got, was) in got.iter().zip(was) {
            assert!((got - was).abs() <= was.abs() / 256.0, "{name}: {got} {was}");
        }
    }
    assert!(difference(&read) > 0.0 && difference(&read) < 0.05, "{}", difference(&read));
}

#[test]
fn int8_is_off_by_at_most_half_a_step_of_its_channel() {
    let (checkpoint, read) = reread(Storage::Int8);
    let original = Checkpoint::open(&fixture("net.pth")).unwrap();
    let [got, was] =
        [&checkpoint, &original].map(|c| c.values("conv.weight").unwrap().try_to_vec_as::<f32>().unwrap());
    for (got, was) in got.chunks(27).zip(was.chunks(27)) {
        let largest = was.iter().fold(0f32, |m, v| m.max(v.abs()));
        let error = got.iter().zip(was).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
        assert!(error <= largest / 254.0 * 1.0001 && error > 0.0, "{error} {largest}");
    }
    // Rows of four numbers are not worth a scale.
    assert_eq!(checkpoint.values("fc.weight").unwrap(), original.values("fc.weight").unwrap());
    assert!(difference(&read) > 0.0 && difference(&read) < 0.05, "{}", difference(&read));
    let [full, small] = [Storage::Full, Storage::Int8].map(|s| {
        let net = LinearConfig::new(256, 256).init(&cpu());
        to_bytes(&net, s, &BTreeMap::new()).unwrap().len()
    });
    assert!(small * 100 < full * 27, "{small} of {full}");
}

#[test]
fn int8_of_odd_values() {
    let linear = |values: Vec<f32>| {
        let mut linear = LinearConfig::new(16, 2).with_bias(false).init(&cpu());
        // burn's layout is [in, out].
        linear.weight =
            burn::module::Param::from_tensor(Tensor::from_data(TensorData::new(values, [16, 2]), &cpu()));
        to_bytes(&linear, Storage::Int8, &BTreeMap::new())
    };
    let read = |bytes: Vec<u8>| {
        let checkpoint = Checkpoint::from_safetensors(Arc::new(bytes), "x").unwrap();
        checkpoint.values("weight").unwrap().try_to_vec_as::<f32>().unwrap()
    };
    // A channel of zeros, and one of which every value is a step of its scale.
    let steps: Vec<f32> = (0..32).map(|i| if i % 2 == 0 { 0.0 } else { (i - 31) as f32 * 4.0 }).collect();
    let mut scaled = steps.clone();
    scaled[1] = -127.0;
    let back = read(linear(scaled.clone()).unwrap());
    assert_eq!(back[..16], [0.0; 16]);
    let channel: Vec<f32> = scaled.iter().skip(1).step_by(2).copied().collect();
    assert_eq!(back[16..], channel[..]);
    let error = linear(vec![f32::NAN; 32]).unwrap_err().to_string();
    assert!(error.contains("weight holds NaN"), "{error}");
}

#[test]
fn scales_that_do_not_fit_are_an_error() {
    let file = |header: &str, values: usize| {
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![1; values]].concat();
        Checkpoint::from_safetensors(Arc::new(bytes), "x").unwrap_err().to_string()
    };
    let scale = r#""w.int8_scale":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#;
    let error = file(&format!("{{{scale}}}"), 8);
    assert!(error.contains("scales F32 [2] do not fit w (missing)"), "{error}");
    let error = file(&format!(r#"{{{scale},"w":{{"dtype":"I8","shape":[3,1],"data_offsets":[8,11]}}}}"#), 11);
    assert!(error.contains("do not fit w I8 [3, 1]"), "{error}");
}

#[test]
fn a_file_that_cannot_be_written_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none/net.safetensors");
    let error = save(&net(), &path, Storage::Full, &BTreeMap::new()).unwrap_err().to_string();
    assert!(error.contains("cannot write") && error.contains("net.safetensors"), "{error}");
}
