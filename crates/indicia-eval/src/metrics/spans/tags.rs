use indicia_core::{Error, Result};

/// How tags of tokens spell spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Any mixture of B, I, E, S (also L for E and U for S), repaired as conlleval and seqeval's default do: a
    /// tag goes on with a span only if it is I or E and the tag before is B or I of the same type; any other
    /// tag than O begins a span, and every span counts, with or without its E.
    Repaired,
    /// B begins, I of the same type goes on; an I without that is outside (seqeval strict, IOB2).
    Iob2,
    /// S alone, or B, any I, E, all of one type; anything else is outside (seqeval strict, IOBES).
    Bioes,
    /// As [`Bioes`](Self::Bioes) with U for S and L for E (seqeval strict, BILOU).
    Bilou,
}

/// A span of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaggedSpan<'t> {
    /// First token.
    pub start: usize,
    /// Token after the last.
    pub end: usize,
    /// Type; `_` if the tags have none.
    pub kind: &'t str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Outside,
    Begin,
    Inside,
    End,
    Single,
}

/// Spans that the tags of one sequence spell, such as `B-NAME I-NAME O`.
///
/// # Errors
/// `Input` with the place of a tag that the scheme does not have.
pub fn spans_from_tags<'t>(tags: &[&'t str], scheme: Scheme) -> Result<Vec<TaggedSpan<'t>>> {
    let tags = tags.iter().enumerate();
    let read = tags.map(|(place, tag)| {
        parse(tag, scheme)
            .ok_or_else(|| Error::input(format!("tag {place}: expected {}, got {tag:?}", allowed(scheme))))
    });
    let tags: Vec<(Prefix, &str)> = read.collect::<Result<_>>()?;
    let mut spans = vec![];
    let mut at = 0;
    while at < tags.len() {
        let (prefix, kind) = tags[at];
        let begins = match scheme {
            Scheme::Repaired => prefix != Prefix::Outside,
            _ => matches!(prefix, Prefix::Begin | Prefix::Single),
        };
        let start = at;
        at += 1;
        if !begins {
            continue;
        }
        let mut last = prefix;
        while at < tags.len()
            && matches!(last, Prefix::Begin | Prefix::Inside)
            && matches!(tags[at].0, Prefix::Inside | Prefix::End)
            && tags[at].1 == kind
        {
            last = tags[at].0;
            at += 1;
        }
        let whole = match scheme {
            Scheme::Repaired | Scheme::Iob2 => true,
            Scheme::Bioes | Scheme::Bilou => matches!(last, Prefix::End | Prefix::Single),
        };
        if whole {
            spans.push(TaggedSpan { start, end: at, kind });
        }
    }
    Ok(spans)
}

fn parse(tag: &str, scheme: Scheme) -> Option<(Prefix, &str)> {
    let mut letters = tag.chars();
    let letter = letters.next()?;
    let rest = letters.as_str();
    let kind = Some(rest.strip_prefix('-').unwrap_or(rest)).filter(|kind| !kind.is_empty()).unwrap_or("_");
    let prefix = match (letter, scheme) {
        ('O', _) if rest.is_empty() => Prefix::Outside,
        ('B', _) => Prefix::Begin,
        ('I', _) => Prefix::Inside,
        ('E', Scheme::Bioes | Scheme::Repaired) | ('L', Scheme::Bilou | Scheme::Repaired) => Prefix::End,
        ('S', Scheme::Bioes | Scheme::Repaired) | ('U', Scheme::Bilou | Scheme::Repaired) => Prefix::Single,
        _ => return None,
    };
    Some((prefix, kind))
}

fn allowed(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Repaired => "O or a type after B-, I-, E-, S-, L- or U-",
        Scheme::Iob2 => "O or a type after B- or I-",
        Scheme::Bioes => "O or a type after B-, I-, E- or S-",
        Scheme::Bilou => "O or a type after B-, I-, L- or U-",
    }
}
