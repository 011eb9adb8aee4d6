use std::collections::HashMap;

/// Texts that occur many times, each kept once.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    codes: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

/// Code of "nothing there".
pub(crate) const NONE: u32 = u32::MAX;

impl Interner {
    /// Code of a text.
    pub(crate) fn code(&mut self, text: Option<&str>) -> u32 {
        let Some(text) = text else { return NONE };
        if let Some(&code) = self.codes.get(text) {
            return code;
        }
        let code = self.texts.len() as u32;
        self.texts.push(text.into());
        self.codes.insert(text.into(), code);
        code
    }

    /// Text of a code.
    pub(crate) fn text(&self, code: u32) -> Option<&str> {
        self.texts.get(code as usize).map(|text| &**text)
    }

    /// How many texts there are: the first number that is no code.
    pub(crate) fn len(&self) -> u32 {
        self.texts.len() as u32
    }
}
