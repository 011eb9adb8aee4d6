use super::*;

fn open(name: &str) -> Checkpoint {
    Checkpoint::open(&fixture(name)).unwrap()
}

#[test]
fn a_module_with_a_files_weights_gives_the_files_output() {
    for name in ["net.pth", "net-legacy.pth", "net-nested.pth"] {
        let (net, report) = open(name).apply(Net::new(&cpu()), &Rules::strict()).unwrap();
        // f32 on both sides; PyTorch's values are printed with 8 digits.
        assert!(difference(&net) < 1e-5, "{name}: {}", difference(&net));
        assert_eq!(report.applied.len(), 10);
        assert_eq!(report.ignored, ["bn.num_batches_tracked"]);
        assert_eq!((report.missing.len(), report.converted.len()), (0, 0));
    }
    assert!(difference(&Net::new(&cpu())) > 0.1);
}

#[derive(Module, Debug)]
struct Other {
    conv: Conv2d,
    fc: Linear,
    extra: Linear,
}

fn other() -> Other {
    Other {
        conv: Conv2dConfig::new([3, 4], [5, 5]).init(&cpu()),
        fc: LinearConfig::new(5, 4).init(&cpu()),
        extra: LinearConfig::new(2, 2).init(&cpu()),
    }
}

#[test]
fn what_does_not_fit_is_told_key_by_key() {
    let error = open("net.pth").apply(other(), &Rules::strict()).unwrap_err().to_string();
    let (head, lines) = error.split_once('\n').unwrap();
    assert!(head.ends_with("net.pth does not fit the network: 2 missing, 6 unexpected, 3 unfit"), "{head}");
    // Linear weights are [out, in], as PyTorch has them.
    for line in [
        "  missing extra.weight",
        "  missing extra.bias",
        "  unexpected bn.running_mean",
        "  unexpected norm.bias",
        "  unfit conv.weight: expected [4, 3, 5, 5], got [4, 3, 3, 3]",
        "  unfit fc.weight: expected [4, 5], got [5, 4]",
        "  unfit fc.bias: expected [4], got [5]",
    ] {
        assert!(lines.lines().any(|l| l == line), "{line} in\n{error}");
    }
}

#[test]
fn long_lists_are_shortened() {
    let error = open("hf-clip-image.safetensors").apply(Net::new(&cpu()), &Rules::strict()).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("10 missing, 78 unexpected, 0 unfit"), "{error}");
    assert!(error.ends_with("unexpected: 58 more") && error.lines().count() == 32, "{error}");
}

#[test]
fn differences_are_allowed_where_they_are_named() {
    #[derive(Module, Debug)]
    struct Part {
        fc: Linear,
        extra: Linear,
    }
    let part =
        || Part { fc: LinearConfig::new(4, 5).init(&cpu()), extra: LinearConfig::new(2, 2).init(&cpu()) };
    let rules =
        Rules::strict().may_miss(&["^extra\\."]).unwrap().may_ignore(&["^(bn|conv|norm)\\."]).unwrap();
    let (_, report) = open("net.pth").apply(part(), &rules).unwrap();
    assert_eq!(report.applied, ["fc.weight", "fc.bias"]);
    assert_eq!(report.missing, ["extra.weight", "extra.bias"]);
    assert_eq!(report.ignored.len(), 9);
    let text = report.to_string();
    assert!(
        text.starts_with("2 parameters set; 2 left as they were: extra.weight, extra.bias; 9 ignored: bn."),
        "{text}"
    );
    let rules = Rules::strict().may_miss(&["^extra\\."]).unwrap();
    let error = open("net.pth").apply(part(), &rules).unwrap_err().to_string();
    assert!(error.contains("0 missing, 8 unexpected, 0 unfit"), "{error}");
    assert!(Rules::strict().may_miss(&["("]).is_err());
}

#[test]
fn elements_are_converted_to_the_modules_or_refused() {
    #[derive(Module, Debug)]
    struct One {
        value: burn::module::Param<Tensor<2>>,
    }
    let with = |name: &str| {
        let one = One { value: burn::module::Param::from_tensor(Tensor::zeros([3, 4], &cpu())) };
        let renames = Renames::parse(
            &format!("about = 'a'\n[[step]]\nkeep = '^{name}$'\n[[step]]\nrename = '^{name}$'\nto = 'value'"),
            "rules",
        );
        open("kinds.pth").rename(&renames.unwrap()).unwrap().apply(one, &Rules::strict())
    };
    let counted: Vec<f32> = (0..12).map(|i| i as f32).collect();
    for (name, converted) in [("f16", "value: F16 to F32"), ("bf16", "value: BF16 to F32")] {
        let (one, report) = with(name).unwrap();
        assert_eq!(one.value.val().into_data().try_to_vec::<f32>().unwrap(), counted);
        assert_eq!(report.converted, [converted]);
    }
    let (one, _) = with("f64").unwrap();
    assert_eq!(one.value.val().into_data().try_to_vec::<f32>().unwrap()[1], 1.0 / 3.0);
    for (name, got) in [("i64", "I64"), ("bool", "Bool(Native)")] {
        let error = with(name).unwrap_err().to_string();
        assert!(error.contains(&format!("value: expected elements F32, got {got}")), "{error}");
    }
    // A number alone where a module has one in a dimension.
    #[derive(Module, Debug)]
    struct Scale {
        one: burn::module::Param<Tensor<1>>,
    }
    let scale = Scale { one: burn::module::Param::from_tensor(Tensor::zeros([1], &cpu())) };
    let rules = Rules::strict().may_ignore(&["."]).unwrap();
    let (scale, _) = open("kinds.pth").apply(scale, &rules).unwrap();
    assert_eq!(scale.one.val().into_scalar::<f32>(), 2.5);
}
