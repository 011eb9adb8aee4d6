use proptest::prelude::*;

use super::*;

fn scanned(bytes: &[u8]) -> Result<u64, Fault> {
    scan(&mut &bytes[..], &Bounds::default())
}

fn refusal(bytes: &[u8]) -> String {
    match scanned(bytes) {
        Err(Fault::Refused(what)) => what,
        other => panic!("{other:?}"),
    }
}

/// A text of fewer than 256 bytes as protocol 4 writes it.
fn text(text: &str) -> Vec<u8> {
    [&[0x8c, text.len() as u8], text.as_bytes()].concat()
}

fn global(module: &str, name: &str) -> Vec<u8> {
    format!("c{module}\n{name}\n").into_bytes()
}

/// One tensor in an `OrderedDict`, as `torch.save` writes it.
fn weights() -> Vec<u8> {
    [
        vec![0x80, 2],
        global("collections", "OrderedDict"),
        b"q\x00)Rq\x01(X\x06\x00\x00\x00weightq\x02".to_vec(),
        global("torch._utils", "_rebuild_tensor_v2"),
        b"q\x03((X\x07\x00\x00\x00storageq\x04".to_vec(),
        global("torch", "FloatStorage"),
        b"q\x05X\x01\x00\x00\x000q\x06X\x03\x00\x00\x00cpuq\x07K\x06tq\x08QK\x00K\x02K\x03\x86q\x09K\x03K\x01\x86q\x0a\x89h\x00)Rq\x0btq\x0cRq\x0du.".to_vec(),
    ]
    .concat()
}

#[test]
fn a_dictionary_of_tensors_passes() {
    let bytes = weights();
    assert_eq!(scanned(&bytes), Ok(bytes.len() as u64));
    // What follows the pickle, as storages in a legacy file, is not looked at.
    assert_eq!(scanned(&[&bytes[..], b"cposix\nsystem\n"].concat()), Ok(bytes.len() as u64));
}

#[test]
fn what_calls_anything_but_tensors_is_refused_by_name() {
    let call = |callable: Vec<u8>| [callable, text("id"), b"\x85R.".to_vec()].concat();
    let stacked = |module, name| [text(module), text(name), vec![0x93]].concat();
    // Names that are fetched from the memo, as protocol 4 does with what it wrote before.
    let memoised =
        [text("system"), vec![0x94], text("posix"), vec![0x94], b"h\x01h\x00\x93".to_vec()].concat();
    for (bytes, name) in [
        (call(global("posix", "system")), "posix.system"),
        (call(global("os", "system")), "os.system"),
        (call(global("builtins", "eval")), "builtins.eval"),
        (call(global("__builtin__", "eval")), "__builtin__.eval"),
        (call(global("builtins", "getattr")), "builtins.getattr"),
        (call(stacked("subprocess", "Popen")), "subprocess.Popen"),
        (
            call(stacked("torch", "_utils._rebuild_tensor_v2.__globals__")),
            "torch._utils._rebuild_tensor_v2.__globals__",
        ),
        (call([b"N0".to_vec(), memoised].concat()), "posix.system"),
        // INST, and OBJ, which calls what lies above the mark.
        (b"(S'id'\niposix\nsystem\n.".to_vec(), "posix.system"),
        (b"(cposix\nsystem\nS'id'\no.".to_vec(), "posix.system"),
        // NEWOBJ and NEWOBJ_EX.
        (b"cnt\nsystem\n)\x81.".to_vec(), "nt.system"),
        (b"cnt\nsystem\n)}\x92.".to_vec(), "nt.system"),
        // A pickle within a pickle.
        (call(global("torch.storage", "_load_from_bytes")), "torch.storage._load_from_bytes"),
        (call(global("pickle", "loads")), "pickle.loads"),
        (call(global("torch.jit", "load")), "torch.jit.load"),
        // Named alone, as an argument to something harmless.
        (b"ccollections\ndefaultdict\ncbuiltins\nexec\n\x85R.".to_vec(), "builtins.exec"),
        (global("__main__", "Net"), "__main__.Net"),
    ] {
        assert_eq!(refusal(&bytes), format!("the pickle calls {name}, which is not a tensor"));
    }
}

#[test]
fn what_hides_its_name_is_refused() {
    // A name that a call made.
    let made =
        [global("_codecs", "encode"), text("posix"), b"\x85R".to_vec(), text("system"), b"\x93.".to_vec()];
    assert_eq!(refusal(&made.concat()), "the pickle hides the name of what it calls");
    // A name longer than any.
    let long = [b"X\x00\x04\x00\x00".to_vec(), vec![b'a'; 1024], text("system"), b"\x93.".to_vec()];
    assert_eq!(refusal(&long.concat()), "the pickle hides the name of what it calls");
    assert_eq!(refusal(b"ca\xff\nb\n."), "the pickle hides the name of what it calls");
    // A call of what a call gave.
    let twice = [global("builtins", "set"), b")R)R.".to_vec()];
    assert!(refusal(&twice.concat()).contains("what another instruction made"));
    assert!(refusal(b"S'eval'\n)R.").contains("what another instruction made"));
    assert_eq!(refusal(b"\x82\x07."), "the pickle calls extension 7, which is not a tensor");
    assert_eq!(refusal(b"\x84\x01\x00\x01\x00."), "the pickle calls extension 65537, which is not a tensor");
    // A storage's type is no function.
    let storage = [global("torch", "FloatStorage"), b")R.".to_vec()].concat();
    assert_eq!(refusal(&storage), "the pickle calls torch.FloatStorage, which is no function");
    // The state of a class would change it for everybody.
    let changed = [global("collections", "OrderedDict"), b"}b.".to_vec()].concat();
    assert_eq!(refusal(&changed), "the pickle changes collections.OrderedDict itself");
}

#[test]
fn names_are_printed_without_what_would_move_the_cursor() {
    let what = refusal(b"c\x1b[2J\nb\n.");
    assert_eq!(what, "the pickle calls \\u{1b}[2J.b, which is not a tensor");
    let long = [b"c".to_vec(), vec![b'm'; 400], b"\nb\n.".to_vec()].concat();
    assert!(refusal(&long).len() < 200);
}

#[test]
fn bounds_hold() {
    let too_large = |bytes: &[u8], expected: &str| match scanned(bytes) {
        Err(Fault::TooLarge(what)) => assert!(what.contains(expected), "{what}"),
        other => panic!("{other:?}"),
    };
    // Each list holds the one before it ten times: ten billion at the tenth.
    let mut laughs = b"]q\x00".to_vec();
    for _ in 0..12 {
        laughs.extend(b"(h\x00h\x00h\x00h\x00h\x00h\x00h\x00h\x00h\x00h\x00lq\x00");
    }
    too_large(&[&laughs[..], b"."].concat(), "unfolds to more than 10000000 values");
    too_large(&[&[b']'; 200][..], &[b'a'; 199], b"."].concat(), "nests more than 100 deep");
    too_large(&[vec![b'N'], vec![0x85; 1_000], vec![b'.']].concat(), "nests more than 100 deep");
    too_large(&vec![b'N'; 1_000_001], "more than 1000000 values at once");
    too_large(&vec![b'('; 1_000_001], "more than 1000000 values at once");
    let memo: Vec<u8> = (0..=1_000_000u32).flat_map(|i| [&b"r"[..], &i.to_le_bytes()].concat()).collect();
    too_large(&[b"N".to_vec(), memo].concat(), "more than 1000000 values at once");
    // Lengths that are claimed, not there.
    too_large(b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff", "more than 67108864 bytes");
    too_large(b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f", "more than 67108864 bytes");
    too_large(b"B\xff\xff\xff\xff", "more than 67108864 bytes");
    let endless = vec![b'1'; (64 << 20) + 2];
    too_large(&[&b"I"[..], &endless].concat(), "more than 67108864 bytes");
}

#[test]
fn broken_pickles_say_where_and_why() {
    for (bytes, at, what) in [
        (&b""[..], 0, "the file ends within the pickle"),
        (b"\x80\x09N.", 0, "protocol 9, expected 0 to 5"),
        (b"N\xff", 1, "no instruction has the code 0xff"),
        (b".", 0, "the stack, which is empty"),
        (b"NN.", 2, "values are left over"),
        (b"(N.", 2, "values are left over"),
        (b"Nt.", 1, "a mark on the stack, got none"),
        (b"(.", 1, "got a mark"),
        (b"N\x86.", 1, "expected 2 values on the stack, got 1"),
        (b"N(N\x86.", 3, "expected 2 values on the stack, got 1"),
        (b"h\x05.", 0, "nothing was memoised as 5"),
        (b"gx\n.", 0, "the number of a memoised value"),
        (b"S'a'\nNa.", 6, "expected a container on the stack, got a text"),
        (b"(o.", 1, "OBJ without a class"),
        (b"q\x00.", 0, "the stack, which is empty"),
    ] {
        match scanned(bytes) {
            Err(Fault::Damaged { at: place, what: why }) => {
                assert_eq!(place, at, "{bytes:?}");
                assert!(why.contains(what), "{why}");
            }
            other => panic!("{bytes:?}: {other:?}"),
        }
    }
}

#[test]
fn a_pickle_cut_anywhere_is_an_error() {
    let bytes = weights();
    for length in 0..bytes.len() {
        assert!(scanned(&bytes[..length]).is_err(), "{length}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(length) = scanned(&bytes) {
            prop_assert!(length as usize <= bytes.len() && bytes[length as usize - 1] == b'.');
        }
    }

    #[test]
    fn instructions_in_any_order_make_it_no_more(
        at in prop::collection::vec((0usize..64, any::<u8>()), 0..120),
    ) {
        // Instructions, most with what they need before them, so that many a sequence goes on for long.
        const CODES: &[u8] = b"(.012FGIJKLMNPQRSTUVXabcd}eghijlopqrst)u]\x80\x81\x85\x86\x87\x88\x8c\x8f\x90\x91\x92\x93\x94";
        let bytes: Vec<u8> = at
            .into_iter()
            .flat_map(|(code, operand)| [CODES[code % CODES.len()], operand % 4, b'\n', b'N'])
            .collect();
        let _ = scanned(&bytes);
    }

    #[test]
    fn changed_weights_pass_or_fail_without_panic(at in 0usize..300, byte in any::<u8>()) {
        let mut bytes = weights();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = scanned(&bytes);
    }
}
