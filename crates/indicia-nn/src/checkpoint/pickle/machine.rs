//! The stack machine of pickles, on shadows of the values.

use std::collections::HashMap;
use std::io::BufRead;
use std::rc::Rc;

use super::allowed::{Use, allowed};
use super::{Bounds, Bytes, Fault, Wrong};

/// What is kept of a value.
#[derive(Clone)]
enum Value {
    /// A short text, which may become a name.
    Text(Rc<str>),
    /// A function or class that is allowed.
    Name(Rc<str>, Use),
    /// Anything else: how deeply it nests containers, and how many values it holds.
    Other(Extent),
}

#[derive(Clone, Copy)]
struct Extent {
    nesting: u32,
    values: u64,
}

const SCALAR: Extent = Extent { nesting: 0, values: 1 };

impl Value {
    fn extent(&self) -> Extent {
        match self {
            Self::Other(extent) => *extent,
            Self::Text(_) | Self::Name(..) => SCALAR,
        }
    }
}

/// The machine. Like the reader that comes after it, it copies what it memoises: a container that is filled
/// after it was memoised counts as it was.
pub(super) struct Machine<'a> {
    bounds: &'a Bounds,
    stack: Vec<Value>,
    /// Heights of the stack at each open MARK.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
}

type Step<T = ()> = Result<T, Wrong>;

fn here<T>(what: impl Into<String>) -> Step<T> {
    Err(Wrong::Here(what.into()))
}

/// A name as it can be printed.
fn shown(name: &str) -> String {
    let short: String = name.chars().take(120).flat_map(char::escape_debug).collect();
    if name.chars().count() > 120 { short + "..." } else { short }
}

fn refused<T>(what: String) -> Step<T> {
    Err(Fault::Refused(what).into())
}

impl<'a> Machine<'a> {
    pub(super) fn new(bounds: &'a Bounds) -> Self {
        Self { bounds, stack: vec![], marks: vec![], memo: HashMap::new() }
    }

    /// Does one instruction, whose operands follow in `bytes`. True after STOP.
    pub(super) fn step<R: BufRead>(&mut self, opcode: u8, bytes: &mut Bytes<'_, R>) -> Step<bool> {
        match opcode {
            // PROTO, FRAME
            0x80 => match bytes.byte()? {
                0..=5 => {}
                version => return here(format!("protocol {version}, expected 0 to 5")),
            },
            0x95 => drop(bytes.array::<8>()?),
            // STOP
            b'.' => {
                self.pop()?;
                return match self.stack.is_empty() && self.marks.is_empty() {
                    true => Ok(true),
                    false => here("values are left over when the pickle ends"),
                };
            }
            // NONE, NEWTRUE, NEWFALSE
            b'N' | 0x88 | 0x89 => self.scalar()?,
            // INT, LONG, FLOAT, and the name of a persistent value
            b'I' | b'L' | b'F' | b'P' => {
                bytes.line()?;
                self.scalar()?;
            }
            // BININT1, BININT2, BININT, BINFLOAT
            b'K' => self.number(bytes.array::<1>()?)?,
            b'M' => self.number(bytes.array::<2>()?)?,
            b'J' => self.number(bytes.array::<4>()?)?,
            b'G' => self.number(bytes.array::<8>()?)?,
            // LONG1, SHORT_BINBYTES
            0x8a | b'C' => self.payload(bytes.byte()?.into(), bytes)?,
            // LONG4, BINBYTES
            0x8b | b'B' => {
                let length = u32::from_le_bytes(bytes.array()?);
                self.payload(length.into(), bytes)?;
            }
            // BINBYTES8, BYTEARRAY8
            0x8e | 0x96 => {
                let length = u64::from_le_bytes(bytes.array()?);
                self.payload(length, bytes)?;
            }
            // SHORT_BINUNICODE, SHORT_BINSTRING
            0x8c | b'U' => {
                let length = bytes.byte()?.into();
                self.text(bytes.text(length)?)?;
            }
            // BINUNICODE, BINSTRING
            b'X' | b'T' => {
                let length = u32::from_le_bytes(bytes.array()?).into();
                self.text(bytes.text(length)?)?;
            }
            // BINUNICODE8
            0x8d => {
                let length = u64::from_le_bytes(bytes.array()?);
                self.text(bytes.text(length)?)?;
            }
            // UNICODE, STRING. Escapes stay as they are: no allowed name needs one.
            b'V' => self.text(bytes.line()?)?,
            b'S' => {
                let line = bytes.line()?;
                let quoted = line.as_deref().and_then(|line| {
                    let line = line.trim();
                    let inner = ['\'', '"'].into_iter().find_map(|q| line.strip_prefix(q)?.strip_suffix(q));
                    inner.map(str::to_owned)
                });
                self.text(quoted)?;
            }
            // MARK
            b'(' => {
                if self.marks.len() >= self.bounds.values {
                    return Err(self.too_many());
                }
                self.marks.push(self.stack.len());
            }
            // POP, POP_MARK, DUP
            b'0' => match self.marked() {
                true => drop(self.marks.pop()),
                false => drop(self.pop()?),
            },
            b'1' => drop(self.pop_to_mark()?),
            b'2' => {
                let top = self.top()?.clone();
                self.push(top)?;
            }
            // EMPTY_TUPLE, EMPTY_LIST, EMPTY_DICT, EMPTY_SET
            b')' | b']' | b'}' | 0x8f => self.container(&[])?,
            // TUPLE, LIST, DICT, FROZENSET
            b't' | b'l' | b'd' | 0x91 => {
                let items = self.pop_to_mark()?;
                self.container(&items)?;
            }
            // TUPLE1 to TUPLE3
            0x85..=0x87 => {
                let items = self.take(usize::from(opcode - 0x84))?;
                self.container(&items)?;
            }
            // APPEND, SETITEM
            b'a' => {
                let items = self.take(1)?;
                self.fill(&items)?;
            }
            b's' => {
                let items = self.take(2)?;
                self.fill(&items)?;
            }
            // APPENDS, SETITEMS, ADDITEMS
            b'e' | b'u' | 0x90 => {
                let items = self.pop_to_mark()?;
                self.fill(&items)?;
            }
            // GET, BINGET, LONG_BINGET
            b'g' => {
                let index = self.index(bytes.line()?)?;
                self.get(index)?;
            }
            b'h' => self.get(bytes.byte()?.into())?,
            b'j' => self.get(u32::from_le_bytes(bytes.array()?))?,
            // PUT, BINPUT, LONG_BINPUT, MEMOIZE
            b'p' => {
                let index = self.index(bytes.line()?)?;
                self.put(index)?;
            }
            b'q' => self.put(bytes.byte()?.into())?,
            b'r' => self.put(u32::from_le_bytes(bytes.array()?))?,
            0x94 => self.put(self.memo.len() as u32)?,
            // GLOBAL, STACK_GLOBAL
            b'c' => {
                let (module, name) = (bytes.line()?, bytes.line()?);
                let name = self.named(module.as_deref(), name.as_deref())?;
                self.push(name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let name = match (&module, &name) {
                    (Value::Text(module), Value::Text(name)) => self.named(Some(module), Some(name))?,
                    _ => self.named(None, None)?,
                };
                self.push(name)?;
            }
            // INST: a name in two lines, called with what lies above the mark.
            b'i' => {
                let (module, name) = (bytes.line()?, bytes.line()?);
                let name = self.named(module.as_deref(), name.as_deref())?;
                let items = self.pop_to_mark()?;
                self.call(&name, &items)?;
            }
            // OBJ: the lowest value above the mark, called with the others.
            b'o' => {
                let items = self.pop_to_mark()?;
                let Some((name, items)) = items.split_first() else { return here("OBJ without a class") };
                self.call(name, items)?;
            }
            // REDUCE, NEWOBJ: a callable and its arguments. NEWOBJ_EX: named arguments above them.
            b'R' | 0x81 | 0x92 => {
                let items = self.take(if opcode == 0x92 { 3 } else { 2 })?;
                self.call(&items[0], &items[1..])?;
            }
            // BUILD: the state of the object below it.
            b'b' => {
                let items = self.take(1)?;
                self.fill(&items)?;
            }
            // BINPERSID: the description of a storage becomes the storage.
            b'Q' => {
                self.pop()?;
                self.scalar()?;
            }
            // EXT1, EXT2, EXT4: a name by its number in a register that the reader of the file keeps.
            0x82 => {
                return refused(format!(
                    "the pickle calls extension {}, which is not a tensor",
                    bytes.byte()?
                ));
            }
            0x83 => {
                let code = u16::from_le_bytes(bytes.array()?);
                return refused(format!("the pickle calls extension {code}, which is not a tensor"));
            }
            0x84 => {
                let code = u32::from_le_bytes(bytes.array()?);
                return refused(format!("the pickle calls extension {code}, which is not a tensor"));
            }
            // NEXT_BUFFER, READONLY_BUFFER
            0x97 | 0x98 => return refused("the pickle needs buffers that are not in the file".into()),
            other => return here(format!("no instruction has the code 0x{other:02x}")),
        }
        Ok(false)
    }

    fn too_many(&self) -> Wrong {
        Fault::TooLarge(format!("the pickle holds more than {} values at once", self.bounds.values)).into()
    }

    fn push(&mut self, value: Value) -> Step {
        if self.stack.len() >= self.bounds.values {
            return Err(self.too_many());
        }
        self.stack.push(value);
        Ok(())
    }

    fn scalar(&mut self) -> Step {
        self.push(Value::Other(SCALAR))
    }

    fn number<const N: usize>(&mut self, _bytes: [u8; N]) -> Step {
        self.scalar()
    }

    fn payload<R: BufRead>(&mut self, length: u64, bytes: &mut Bytes<'_, R>) -> Step {
        bytes.text(length)?;
        self.scalar()
    }

    fn text(&mut self, text: Option<String>) -> Step {
        match text {
            Some(text) => self.push(Value::Text(text.into())),
            None => self.scalar(),
        }
    }

    fn marked(&self) -> bool {
        self.marks.last() == Some(&self.stack.len())
    }

    fn top(&mut self) -> Step<&mut Value> {
        if self.marked() {
            return here("expected a value on the stack, got a mark");
        }
        match self.stack.last_mut() {
            Some(top) => Ok(top),
            None => here("expected a value on the stack, which is empty"),
        }
    }

    fn pop(&mut self) -> Step<Value> {
        self.top()?;
        self.stack.pop().ok_or_else(|| Wrong::Here("expected a value on the stack, which is empty".into()))
    }

    fn take(&mut self, count: usize) -> Step<Vec<Value>> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.len().checked_sub(count).filter(|left| *left >= floor) {
            Some(left) => Ok(self.stack.split_off(left)),
            None => here(format!("expected {count} values on the stack, got {}", self.stack.len() - floor)),
        }
    }

    fn pop_to_mark(&mut self) -> Step<Vec<Value>> {
        match self.marks.pop() {
            Some(mark) => Ok(self.stack.split_off(mark)),
            None => here("expected a mark on the stack, got none"),
        }
    }

    /// The extent of a value that already has `own` and takes in `items`.
    fn with(&self, own: Extent, items: &[Value]) -> Step<Extent> {
        let mut extent = own;
        for item in items {
            let inner = item.extent();
            extent.nesting = extent.nesting.max(inner.nesting + 1);
            extent.values = extent.values.saturating_add(inner.values);
        }
        if extent.nesting > self.bounds.nesting {
            return Err(
                Fault::TooLarge(format!("the pickle nests more than {} deep", self.bounds.nesting)).into()
            );
        }
        if extent.values > self.bounds.unfolded {
            let most = self.bounds.unfolded;
            return Err(Fault::TooLarge(format!("the pickle unfolds to more than {most} values")).into());
        }
        Ok(extent)
    }

    fn container(&mut self, items: &[Value]) -> Step {
        let extent = self.with(Extent { nesting: 1, values: 1 }, items)?;
        self.push(Value::Other(extent))
    }

    /// Puts `items` into the container on top.
    fn fill(&mut self, items: &[Value]) -> Step {
        let own = match self.top()? {
            Value::Other(extent) => *extent,
            // In Python this would change the class or function itself, for everybody.
            Value::Name(name, _) => {
                let name = shown(name);
                return refused(format!("the pickle changes {name} itself"));
            }
            Value::Text(_) => return here("expected a container on the stack, got a text"),
        };
        let extent = self.with(own, items)?;
        *self.top()? = Value::Other(extent);
        Ok(())
    }

    fn named(&self, module: Option<&str>, name: Option<&str>) -> Step<Value> {
        let (Some(module), Some(name)) = (module, name) else {
            return refused("the pickle hides the name of what it calls".into());
        };
        let full = format!("{module}.{name}");
        match allowed(module, name) {
            Some(r#use) => Ok(Value::Name(full.into(), r#use)),
            None => refused(format!("the pickle calls {}, which is not a tensor", shown(&full))),
        }
    }

    /// The result of a call, as large as its arguments.
    fn call(&mut self, callable: &Value, arguments: &[Value]) -> Step {
        match callable {
            Value::Name(_, Use::Called) => {}
            Value::Name(name, Use::Mentioned) => {
                return refused(format!("the pickle calls {}, which is no function", shown(name)));
            }
            Value::Text(_) | Value::Other(_) => {
                return refused(
                    "the pickle calls what another instruction made, which is not a tensor".into(),
                );
            }
        }
        let extent = self.with(SCALAR, arguments)?;
        self.push(Value::Other(extent))
    }

    fn index(&self, line: Option<String>) -> Step<u32> {
        match line.as_deref().and_then(|line| line.trim().parse().ok()) {
            Some(index) => Ok(index),
            None => here("expected the number of a memoised value"),
        }
    }

    fn get(&mut self, index: u32) -> Step {
        match self.memo.get(&index).cloned() {
            Some(value) => self.push(value),
            None => here(format!("nothing was memoised as {index}")),
        }
    }

    fn put(&mut self, index: u32) -> Step {
        if self.memo.len() >= self.bounds.values {
            return Err(self.too_many());
        }
        let value = self.top()?.clone();
        self.memo.insert(index, value);
        Ok(())
    }
}
