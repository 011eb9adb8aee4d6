//! Edits of documents.

use indicia_core::{Error, Picture, Result};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::forge::edit::{Edit, Layout, Move, Moves, Rect};
use crate::forge::kinds::Kind;

/// Lines that make a picture a page.
const PAGE_LINES: usize = 4;
/// Glyphs that they have.
const PAGE_GLYPHS: usize = 40;
/// Glyphs of amounts that suffice to edit one.
const ENOUGH_GLYPHS: usize = 12;
/// Pairs that are tried.
const PAIRS: usize = 2000;
/// Paper around the ink that moves with it, in pixels.
const MARGIN: usize = 2;
/// Share of ink pixels that must differ between what changes places.
const DIFFERENCE: f64 = 0.3;

/// The text of a page.
pub(super) fn layout(picture: &Picture) -> Result<Layout> {
    let layout = Layout::of(picture);
    let glyphs: usize = layout.lines.iter().flat_map(|l| &l.words).map(|w| w.glyphs.len()).sum();
    if layout.lines.len() < PAGE_LINES || glyphs < PAGE_GLYPHS {
        return Err(Error::input(format!(
            "expected a page with {PAGE_LINES} lines of text and {PAGE_GLYPHS} glyphs, got {} and {glyphs}",
            layout.lines.len()
        )));
    }
    Ok(layout)
}

/// Something that can be moved: its rectangle, and the row on which its letters stand.
#[derive(Clone, Copy)]
struct Piece {
    area: Rect,
    baseline: usize,
}

/// Draws a text swap or a digit edit.
pub(super) fn edit(kind: Kind, layout: &Layout, picture: &Picture, rng: &mut ChaCha8Rng) -> Result<Edit> {
    let whole = |name| kind.range(name);
    if kind == Kind::TextSwap {
        let pairs = rng.random_range(*whole("pairs").start() as usize..=*whole("pairs").end() as usize);
        let lines = rng.random_ratio(3, 10);
        let pieces = if lines { lines_of(layout) } else { words_of(layout) };
        let moves = exchange(&pieces, pairs, layout, picture, rng);
        if moves.is_empty() {
            let what = if lines { "lines" } else { "words" };
            return Err(Error::input(format!(
                "no two {what} of similar size with free paper around them were found"
            )));
        }
        return Ok(Edit::TextSwap(Moves { moves }));
    }
    let count = rng.random_range(*whole("glyphs").start() as usize..=*whole("glyphs").end() as usize);
    let moves = replace(&numbers_of(layout), count, layout, picture, rng);
    if moves.is_empty() {
        return Err(Error::input("no glyphs as digits are, equally high and apart, were found"));
    }
    Ok(Edit::DigitEdit(Moves { moves }))
}

fn median(mut values: Vec<usize>) -> usize {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

fn bottoms(glyphs: &[Rect]) -> usize {
    median(glyphs.iter().map(|g| g.y + g.height).collect())
}

fn lines_of(layout: &Layout) -> Vec<Piece> {
    let piece = |line: &crate::forge::edit::TextLine| {
        let glyphs: Vec<Rect> = line.words.iter().flat_map(|w| w.glyphs.iter().copied()).collect();
        Piece { area: line.area, baseline: bottoms(&glyphs) }
    };
    layout.lines.iter().map(piece).collect()
}

fn words_of(layout: &Layout) -> Vec<Piece> {
    let words = layout.lines.iter().flat_map(|line| &line.words).filter(|w| w.glyphs.len() >= 2);
    words.map(|w| Piece { area: w.area, baseline: bottoms(&w.glyphs) }).collect()
}

/// Words of three glyphs or more that are equally high and as narrow as digits, dots and commas aside.
///
/// Capitals look like that too; where there are enough words with a dot or comma between their glyphs, as
/// amounts have, only those are taken.
fn numbers_of(layout: &Layout) -> Vec<Vec<Rect>> {
    let numbers = equally_high(layout);
    let amounts: Vec<Vec<Rect>> =
        numbers.iter().filter(|(_, point)| *point).map(|(glyphs, _)| glyphs.clone()).collect();
    if amounts.iter().map(Vec::len).sum::<usize>() >= ENOUGH_GLYPHS {
        return amounts;
    }
    numbers.into_iter().map(|(glyphs, _)| glyphs).collect()
}

/// Words of equally high glyphs, and whether a point stands between them.
fn equally_high(layout: &Layout) -> Vec<(Vec<Rect>, bool)> {
    let words = layout.lines.iter().flat_map(|line| &line.words);
    words
        .filter_map(|word| {
            let height = median(word.glyphs.iter().map(|g| g.height).collect());
            let small = |g: &Rect| 3 * g.height <= height;
            let large: Vec<Rect> = word.glyphs.iter().filter(|g| !small(g)).copied().collect();
            let like_digit = |g: &Rect| {
                g.height.abs_diff(height) * 8 <= height.max(8)
                    && 10 * g.width >= 2 * g.height
                    && 10 * g.width <= 9 * g.height
            };
            let point = large.windows(2).any(|pair| has_point(&pair[0], &pair[1], layout));
            (large.len() >= 3 && height >= 8 && large.iter().all(like_digit)).then_some((large, point))
        })
        .collect()
}

/// True if between two glyphs there is ink near their feet and none above it.
fn has_point(left: &Rect, right: &Rect, layout: &Layout) -> bool {
    let x = left.x + left.width;
    let Some(width) = right.x.checked_sub(x).filter(|width| *width >= 2) else { return false };
    let low = left.height * 2 / 3;
    let nothing = Rect { x: 0, y: 0, width: 0, height: 0 };
    let above = Rect { x, y: left.y, width, height: low };
    let below = Rect { x, y: left.y + low, width, height: left.height - low };
    layout.is_free(&above, &nothing) && !layout.is_free(&below, &nothing)
}

/// Two rectangles of one size around two pieces, standing on their baselines, beginning or ending with them.
/// `None` if they reach over the picture's border, other ink, or each other.
fn frames(a: Piece, b: Piece, at_right: bool, layout: &Layout, picture: &Picture) -> Option<(Rect, Rect)> {
    let width = a.area.width.max(b.area.width) + 2 * MARGIN;
    let up = |p: &Piece| p.baseline.saturating_sub(p.area.y);
    let down = |p: &Piece| (p.area.y + p.area.height).saturating_sub(p.baseline);
    let (up, down) = (up(&a).max(up(&b)) + MARGIN, down(&a).max(down(&b)) + MARGIN);
    let frame = |p: Piece| {
        let x = if at_right {
            (p.area.x + p.area.width + MARGIN).checked_sub(width)?
        } else {
            p.area.x.checked_sub(MARGIN)?
        };
        let frame = Rect { x, y: p.baseline.checked_sub(up)?, width, height: up + down };
        let inside = frame.x + frame.width <= picture.width && frame.y + frame.height <= picture.height;
        (inside && layout.is_free(&frame, &p.area)).then_some(frame)
    };
    let (a, b) = (frame(a)?, frame(b)?);
    (!a.overlaps(&b)).then_some((a, b))
}

fn similar(a: usize, b: usize, most: f64) -> bool {
    a.max(b) as f64 <= most * a.min(b) as f64
}

/// Pairs of pieces that change places.
fn exchange(
    pieces: &[Piece],
    pairs: usize,
    layout: &Layout,
    picture: &Picture,
    rng: &mut ChaCha8Rng,
) -> Vec<Move> {
    let mut moves: Vec<Move> = vec![];
    if pieces.len() < 2 {
        return moves;
    }
    for _ in 0..PAIRS {
        let (a, b) = (pieces[rng.random_range(0..pieces.len())], pieces[rng.random_range(0..pieces.len())]);
        let at_right = rng.random();
        if !similar(a.area.height, b.area.height, 1.35) || !similar(a.area.width, b.area.width, 1.8) {
            continue;
        }
        let Some((a, b)) = frames(a, b, at_right, layout, picture) else { continue };
        let taken = moves.iter().any(|m| m.from.overlaps(&a) || m.from.overlaps(&b));
        if taken || layout.difference(&a, &b) < DIFFERENCE {
            continue;
        }
        moves.push(Move { from: a, x: b.x, y: b.y });
        moves.push(Move { from: b, x: a.x, y: a.y });
        if moves.len() == 2 * pairs {
            break;
        }
    }
    moves
}

/// Glyphs of one number replaced by glyphs of any.
fn replace(
    numbers: &[Vec<Rect>],
    count: usize,
    layout: &Layout,
    picture: &Picture,
    rng: &mut ChaCha8Rng,
) -> Vec<Move> {
    let mut moves: Vec<Move> = vec![];
    let pool: Vec<Rect> = numbers.iter().flatten().copied().collect();
    if pool.is_empty() {
        return moves;
    }
    let mut number = &numbers[rng.random_range(0..numbers.len())];
    for attempt in 0..PAIRS {
        if moves.is_empty() && attempt % 100 == 99 {
            number = &numbers[rng.random_range(0..numbers.len())];
        }
        let old = number[rng.random_range(0..number.len())];
        let new = pool[rng.random_range(0..pool.len())];
        if !similar(old.height, new.height, 1.1) || !similar(old.width, new.width, 1.35) {
            continue;
        }
        let Some((to, from)) = glyph_frames(old, new, layout, picture) else { continue };
        if moves.iter().any(|m| m.to().overlaps(&to)) || layout.difference(&to, &from) < DIFFERENCE {
            continue;
        }
        moves.push(Move { from, x: to.x, y: to.y });
        if moves.len() == count {
            break;
        }
    }
    moves
}

/// Two rectangles of one size around two glyphs, in their middle, standing on their feet, with as much paper
/// around them as is free.
fn glyph_frames(a: Rect, b: Rect, layout: &Layout, picture: &Picture) -> Option<(Rect, Rect)> {
    let (width, height) = (a.width.max(b.width), a.height.max(b.height));
    let frame = |g: Rect, margin: usize| {
        let (width, height) = (width + 2 * margin, height + 2 * margin);
        let x = (g.x + g.width / 2).checked_sub(width / 2)?;
        let y = (g.y + g.height + margin).checked_sub(height)?;
        let frame = Rect { x, y, width, height };
        let inside = x + width <= picture.width && y + height <= picture.height;
        (inside && layout.is_free(&frame, &g)).then_some(frame)
    };
    (0..=MARGIN).rev().find_map(|margin| {
        let (a, b) = (frame(a, margin)?, frame(b, margin)?);
        (!a.overlaps(&b)).then_some((a, b))
    })
}
