//! Reads through a pickle without doing what it says.
//!
//! A pickle is a program for a stack machine, and one of its instructions calls any function of Python. PyTorch
//! files are pickles. [`scan`] walks the instructions of one, keeping of each value no more than whether it is a
//! text or a name, and refuses the file at the first name outside a short list ([`allowed`]): those that rebuild
//! tensors or make plain containers. Nothing is called and nothing is built. A file that passes is then read by
//! `burn-store`'s reader, which executes nothing either; the refusal by name is for the people who would open
//! the same file elsewhere.
//!
//! Only the standard library is used here, so that the fuzz target can take these files without the rest of the
//! crate.
//!
//! Reference: CPython, `Lib/pickletools.py`, which documents every instruction of protocols 0 to 5.

mod allowed;
mod machine;

use std::io::{self, BufRead, Read};

pub use allowed::{Use, allowed};
use machine::Machine;

/// What one pickle may take.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Bytes of the pickle.
    pub bytes: u64,
    /// Values on the stack, and as many in the memo.
    pub values: usize,
    /// Containers within containers.
    pub nesting: u32,
    /// Values of the result if whatever is used twice were written out twice.
    pub unfolded: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { bytes: 64 << 20, values: 1_000_000, nesting: 100, unfolded: 10_000_000 }
    }
}

/// Why a pickle is not read on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It names what it has no business with, or hides what it calls.
    Refused(String),
    /// It is no pickle, or a broken one.
    Damaged {
        /// Bytes before the instruction at fault.
        at: u64,
        /// What was expected and what was got.
        what: String,
    },
    /// It exceeds a bound.
    TooLarge(String),
    /// The operating system could not read it.
    Unreadable(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(what) => write!(f, "refused: {what}"),
            Self::Damaged { at, what } => write!(f, "damaged pickle at byte {at}: {what}"),
            Self::TooLarge(what) => write!(f, "refused: {what}"),
            Self::Unreadable(why) => write!(f, "cannot read the pickle: {why}"),
        }
    }
}

impl std::error::Error for Fault {}

/// Walks one pickle up to and including its STOP. Returns the bytes that it has.
///
/// # Errors
/// [`Fault`]: what it names, where it breaks off or breaks the rules, or which bound it exceeds.
pub fn scan(source: &mut impl BufRead, bounds: &Bounds) -> Result<u64, Fault> {
    let mut bytes = Bytes { source, at: 0, instruction: 0, most: bounds.bytes };
    let mut machine = Machine::new(bounds);
    loop {
        bytes.instruction = bytes.at;
        let opcode = bytes.byte()?;
        let step = machine.step(opcode, &mut bytes);
        if step.map_err(|what| what.at(bytes.instruction))? {
            return Ok(bytes.at);
        }
    }
}

/// What went wrong within one instruction, without its place.
pub(crate) enum Wrong {
    /// To be given the place of the instruction.
    Here(String),
    Fault(Fault),
}

impl Wrong {
    fn at(self, at: u64) -> Fault {
        match self {
            Self::Here(what) => Fault::Damaged { at, what },
            Self::Fault(fault) => fault,
        }
    }
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A counted, bounded source.
pub(crate) struct Bytes<'a, R> {
    source: &'a mut R,
    at: u64,
    instruction: u64,
    most: u64,
}

/// Longer texts are skipped: no name is that long.
const TEXT: u64 = 512;

impl<R: BufRead> Bytes<'_, R> {
    fn took(&mut self, count: u64) -> Result<(), Fault> {
        self.at = self.at.saturating_add(count);
        match self.at > self.most {
            true => Err(Fault::TooLarge(format!("the pickle has more than {} bytes", self.most))),
            false => Ok(()),
        }
    }

    fn failed(&self, error: io::Error) -> Fault {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                Fault::Damaged { at: self.instruction, what: "the file ends within the pickle".into() }
            }
            // What a container says of a broken stream is the file's fault, not the system's.
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
                Fault::Damaged { at: self.instruction, what: error.to_string() }
            }
            _ => Fault::Unreadable(error.to_string()),
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes).map_err(|e| self.failed(e))?;
        self.took(N as u64)?;
        Ok(bytes)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Fault> {
        Ok(self.array::<1>()?[0])
    }

    /// A payload of `length` bytes: what it says if it is a short text, else `None`.
    pub(crate) fn text(&mut self, length: u64) -> Result<Option<String>, Fault> {
        // Refused before it is read: a length is claimed in eight bytes.
        if length > self.most.saturating_sub(self.at) {
            return Err(Fault::TooLarge(format!("the pickle has more than {} bytes", self.most)));
        }
        if length > TEXT {
            self.skip(length)?;
            return Ok(None);
        }
        let mut bytes = vec![0; length as usize];
        self.source.read_exact(&mut bytes).map_err(|e| self.failed(e))?;
        self.took(length)?;
        Ok(String::from_utf8(bytes).ok())
    }

    fn skip(&mut self, length: u64) -> Result<(), Fault> {
        let mut source = (&mut *self.source).take(length);
        let skipped = io::copy(&mut source, &mut io::sink()).map_err(|e| self.failed(e))?;
        if skipped < length {
            return Err(self.failed(io::ErrorKind::UnexpectedEof.into()));
        }
        self.took(length)
    }

    /// A line without its end; `None` if it is too long or no text.
    pub(crate) fn line(&mut self) -> Result<Option<String>, Fault> {
        let mut line = vec![];
        let mut long = false;
        loop {
            let ready = match self.source.fill_buf() {
                Ok(ready) => ready,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(self.failed(e)),
            };
            if ready.is_empty() {
                return Err(self.failed(io::ErrorKind::UnexpectedEof.into()));
            }
            let end = ready.iter().position(|b| *b == b'\n');
            let count = end.map_or(ready.len(), |end| end + 1);
            long = long || line.len() + count > TEXT as usize;
            if !long {
                line.extend_from_slice(&ready[..count]);
            }
            self.source.consume(count);
            self.took(count as u64)?;
            if end.is_some() {
                break;
            }
        }
        while matches!(line.last(), Some(b'\n' | b'\r')) {
            line.pop();
        }
        Ok(if long { None } else { String::from_utf8(line).ok() })
    }
}

#[cfg(test)]
mod tests;
