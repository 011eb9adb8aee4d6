//! What a pickle of weights may name.

/// What an allowed name may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Called, or made an instance of: it rebuilds a tensor or makes a plain container.
    Called,
    /// Only mentioned, as the type of a storage or of elements.
    Mentioned,
}

/// Python's names that rebuild tensors, or hold or describe plain values. Everything else is refused, harmless
/// or not: a list of what is dangerous is never complete.
const CALLED: [(&str, &[&str]); 19] = [
    (
        "torch._utils",
        &[
            "_rebuild_tensor",
            "_rebuild_tensor_v2",
            "_rebuild_tensor_v3",
            "_rebuild_parameter",
            "_rebuild_parameter_with_state",
        ],
    ),
    ("torch._tensor", &["_rebuild_from_type_v2"]),
    ("torch", &["Size", "device", "Tensor"]),
    ("torch.nn.parameter", &["Parameter"]),
    ("collections", &["OrderedDict", "defaultdict", "Counter"]),
    ("builtins", BUILTINS),
    // The same module as Python 2 and protocols below 3 name it.
    ("__builtin__", BUILTINS),
    // A namespace of arguments: a bare object whose attributes are set from a dictionary.
    ("argparse", &["Namespace"]),
    // Text and bytes as protocols 0 to 2 write them.
    ("_codecs", &["encode"]),
    // An object made from its class without a call of its own: `_reconstructor(cls, object, None)`.
    ("copy_reg", &["_reconstructor"]),
    ("copyreg", &["_reconstructor"]),
    ("numpy", &["dtype", "ndarray"]),
    ("numpy.core.multiarray", &["scalar", "_reconstruct"]),
    ("numpy._core.multiarray", &["scalar", "_reconstruct"]),
    ("numpy.dtypes", &["Float32DType", "Float64DType", "Int32DType", "Int64DType", "BoolDType"]),
    ("numpy.core.numeric", &["_frombuffer"]),
    ("numpy._core.numeric", &["_frombuffer"]),
    ("torch.serialization", &["_get_layout"]),
    ("torch.storage", &["UntypedStorage", "TypedStorage"]),
];

const BUILTINS: &[&str] = &[
    "set",
    "frozenset",
    "dict",
    "list",
    "tuple",
    "int",
    "float",
    "complex",
    "bool",
    "str",
    "bytes",
    "bytearray",
    "object",
    "long",
    "unicode",
    "slice",
    "range",
];

/// Types of elements, as `torch.float32`.
const ELEMENTS: [&str; 24] = [
    "float32",
    "float64",
    "float16",
    "bfloat16",
    "float",
    "double",
    "half",
    "int64",
    "int32",
    "int16",
    "int8",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "long",
    "int",
    "short",
    "bool",
    "float8_e4m3fn",
    "float8_e5m2",
    "complex64",
    "complex128",
    "strided",
];

/// Types of storages, as `torch.FloatStorage`.
const STORAGES: [&str; 11] = [
    "FloatStorage",
    "DoubleStorage",
    "HalfStorage",
    "BFloat16Storage",
    "LongStorage",
    "IntStorage",
    "ShortStorage",
    "CharStorage",
    "ByteStorage",
    "BoolStorage",
    "UntypedStorage",
];

/// What the name `module.name` may be used for; `None` if a pickle of weights has no business with it.
pub fn allowed(module: &str, name: &str) -> Option<Use> {
    let called = CALLED.iter().any(|(m, names)| *m == module && names.contains(&name));
    if called {
        return Some(Use::Called);
    }
    // Tensors on a graphics card were saved with `torch.cuda.FloatStorage` by early versions.
    let storage = matches!(module, "torch" | "torch.cuda") && STORAGES.contains(&name);
    (storage || (module == "torch" && ELEMENTS.contains(&name))).then_some(Use::Mentioned)
}
