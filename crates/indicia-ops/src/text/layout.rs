//! From ink to lines.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::components::{Component, components};
use super::{Area, Glyph, Line, Run, TextLines, Word, median, runs_of};

/// Fewest pixels of a component: less is dirt.
const LEAST_INK: usize = 6;
/// Smallest height of a line's glyphs in pixels; smaller print cannot be told from dirt.
const LEAST_HEIGHT: f32 = 5.0;
/// Components that are looked at, the largest first; a page has some thousands.
const MOST_COMPONENTS: usize = 60_000;
/// Width of a component in heights, at most: letters that touch. Longer ones are rules.
const LONGEST: usize = 12;
/// Share of the picture's shorter side that a component is high, at most.
const TALLEST: usize = 5;
/// The last components of a line that say where it goes on.
const TAIL: usize = 6;
/// Gap within a line, in heights, at most.
const LINE_GAP: f32 = 2.5;
/// Gap within a word, in heights, at most.
const WORD_GAP: f32 = 0.4;
/// Heights of glyphs of one line, as shares of their median; lower ones are marks.
const ALIKE: std::ops::RangeInclusive<f32> = 0.45..=1.8;
/// A lower glyph, as a share of the line's height, is a mark (dot, dash, quote).
const MARK: f32 = 0.45;
/// Share of a line's glyphs that must be alike, marks left out.
const ALIKE_SHARE: f32 = 0.7;
/// Rows of a bucket of open lines.
const BUCKET: usize = 32;

/// A line that may go on to the right.
struct Chain {
    members: Vec<usize>,
    tail: Area,
}

/// Lines, words and glyphs of `ink`; the fields `ink` and `document` are left empty.
pub(super) fn arrange(ink: &[bool], width: usize, height: usize) -> TextLines {
    let all_runs = runs_of(ink, width);
    let mut parts: Vec<Component> = components(&all_runs)
        .into_iter()
        .filter(|part| {
            let (w, h) = (part.area.width(), part.area.height());
            part.ink >= LEAST_INK && w <= LONGEST * h.max(3) && TALLEST * h <= width.min(height).max(60)
        })
        .collect();
    if parts.len() > MOST_COMPONENTS {
        parts.sort_by_key(|part| (Reverse(part.ink), part.area.top, part.area.left));
        parts.truncate(MOST_COMPONENTS);
    }
    parts.sort_by_key(|part| (part.area.left, part.area.top));
    let mut lines: Vec<Vec<Vec<usize>>> = vec![];
    let mut strays = vec![];
    for members in chains(&parts) {
        match as_line(&members, &parts) {
            Some(glyphs) => lines.push(glyphs),
            None => strays.extend(members),
        }
    }
    absorb(&mut lines, strays, &parts);
    let top = |line: &[Vec<usize>]| {
        let areas = line.iter().flatten().map(|&p| parts[p].area);
        areas.map(|area| (area.top, area.left)).min()
    };
    lines.sort_by_cached_key(|line| top(line));
    gather(&lines, &parts, &all_runs, width, height)
}

/// Chains of components from left to right, in the order of their first ones.
fn chains(parts: &[Component]) -> Vec<Vec<usize>> {
    let mut chains: Vec<Chain> = vec![];
    // Open chains by the rows of their tails.
    let mut open: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, part) in parts.iter().enumerate() {
        let area = part.area;
        let mut best: Option<(usize, Reverse<usize>, usize)> = None;
        for (_, bucket) in open.range_mut((area.top / BUCKET).saturating_sub(2)..=area.bottom / BUCKET + 2) {
            bucket.retain(|&c| {
                let tail = &chains[c].tail;
                let reach = LINE_GAP * tail.height().max(LEAST_HEIGHT as usize) as f32;
                (area.left as f32) < tail.right as f32 + 2.2 * reach
            });
            for &c in bucket.iter() {
                let tail = &chains[c].tail;
                let (lower, higher) = {
                    let (a, b) = (area.height(), tail.height());
                    (a.min(b), a.max(b))
                };
                let gap = area.left.saturating_sub(tail.right) as f32;
                let shared = area.shared_rows(tail);
                if gap > LINE_GAP * higher as f32
                    || 2 * shared < lower
                    || 10 * area.height() > 22 * tail.height()
                {
                    continue;
                }
                let rank = (shared, Reverse(area.left.saturating_sub(tail.right)), c);
                if best.is_none_or(|b| rank > b) {
                    best = Some(rank);
                }
            }
        }
        let Some((_, _, c)) = best else {
            open.entry((area.top + area.bottom) / 2 / BUCKET).or_default().push(chains.len());
            chains.push(Chain { members: vec![number], tail: area });
            continue;
        };
        let before = (chains[c].tail.top + chains[c].tail.bottom) / 2 / BUCKET;
        let chain = &mut chains[c];
        chain.members.push(number);
        let last = &chain.members[chain.members.len().saturating_sub(TAIL)..];
        let tail = last.iter().map(|&m| parts[m].area).reduce(|a, b| a.join(&b)).unwrap_or(area);
        // The rows are the tail's, the right end is the furthest: a dot may follow its stem.
        chain.tail = Area { right: tail.right.max(chain.tail.right), ..tail };
        let after = (chain.tail.top + chain.tail.bottom) / 2 / BUCKET;
        if before != after {
            open.entry(before).or_default().retain(|&other| other != c);
            open.entry(after).or_default().push(c);
        }
    }
    chains.into_iter().map(|chain| chain.members).collect()
}

/// Components whose columns overlap by half of the narrower one's form a glyph.
fn glyphs_of(members: &[usize], parts: &[Component]) -> Vec<Vec<usize>> {
    let mut glyphs: Vec<(Area, Vec<usize>)> = vec![];
    for &member in members {
        let area = parts[member].area;
        match glyphs.last_mut() {
            Some((whole, list))
                if 2 * whole.shared_columns(&area) >= whole.width().min(area.width())
                    && whole.shared_columns(&area) > 0 =>
            {
                *whole = whole.join(&area);
                list.push(member);
            }
            _ => glyphs.push((area, vec![member])),
        }
    }
    glyphs.into_iter().map(|(_, list)| list).collect()
}

fn area_of(glyph: &[usize], parts: &[Component]) -> Area {
    let areas = glyph.iter().map(|&p| parts[p].area);
    areas.reduce(|a, b| a.join(&b)).expect("a glyph has a component")
}

/// The glyphs of a chain if it looks like text: at least two of like height.
fn as_line(members: &[usize], parts: &[Component]) -> Option<Vec<Vec<usize>>> {
    let glyphs = glyphs_of(members, parts);
    let height = line_height(&glyphs, parts)?;
    let shares = glyphs.iter().map(|glyph| area_of(glyph, parts).height() as f32 / height);
    let letters: Vec<f32> = shares.filter(|share| *share >= MARK).collect();
    let alike = letters.iter().filter(|share| ALIKE.contains(share)).count();
    (letters.len() >= 2 && height >= LEAST_HEIGHT && alike as f32 >= ALIKE_SHARE * letters.len() as f32)
        .then_some(glyphs)
}

/// Median height of glyphs, those below half of the tallest quarter left out.
fn line_height(glyphs: &[Vec<usize>], parts: &[Component]) -> Option<f32> {
    let mut heights: Vec<usize> = glyphs.iter().map(|glyph| area_of(glyph, parts).height()).collect();
    heights.sort_unstable();
    let tall = *heights.get(heights.len() * 3 / 4)?;
    let mut heights: Vec<f32> = heights.iter().filter(|h| 2 * **h >= tall).map(|h| *h as f32).collect();
    median(&mut heights)
}

/// Gives components that no chain took to the line in which they lie.
fn absorb(lines: &mut [Vec<Vec<usize>>], strays: Vec<usize>, parts: &[Component]) {
    let areas: Vec<Area> = lines
        .iter()
        .map(|line| {
            line.iter().map(|g| area_of(g, parts)).reduce(|a, b| a.join(&b)).expect("a line has a glyph")
        })
        .collect();
    let mut buckets: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, area) in areas.iter().enumerate() {
        for bucket in area.top / BUCKET..=area.bottom / BUCKET {
            buckets.entry(bucket).or_default().push(number);
        }
    }
    let mut taken: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for stray in strays {
        let area = parts[stray].area;
        let (x, y) = ((area.left + area.right) / 2, (area.top + area.bottom) / 2);
        let inside = |line: &&usize| {
            let line = &areas[**line];
            (line.left..line.right).contains(&x)
                && (line.top..line.bottom).contains(&y)
                && area.height() <= line.height()
        };
        if let Some(&line) = buckets.get(&(y / BUCKET)).and_then(|lines| lines.iter().find(inside)) {
            taken.entry(line).or_default().push(stray);
        }
    }
    for (line, strays) in taken {
        let mut members: Vec<usize> = lines[line].iter().flatten().copied().chain(strays).collect();
        members.sort_unstable();
        lines[line] = glyphs_of(&members, parts);
    }
}

/// Lays lines out in the lists of [`TextLines`].
fn gather(
    lines: &[Vec<Vec<usize>>],
    parts: &[Component],
    all_runs: &[Run],
    width: usize,
    height: usize,
) -> TextLines {
    let (ink, runs, glyphs, words) = (vec![], vec![], vec![], vec![]);
    let mut text = TextLines { width, height, ink, runs, glyphs, words, lines: vec![], document: false };
    for line in lines {
        let tall = line_height(line, parts).expect("a line has a glyph");
        let (first_word, first_glyph) = (text.words.len(), text.glyphs.len());
        for members in line {
            let start = text.runs.len();
            for &member in members {
                text.runs.extend(parts[member].runs.iter().map(|&run| all_runs[run as usize]));
            }
            let sum = |value: fn(&Component) -> usize| members.iter().map(|&m| value(&parts[m])).sum();
            let glyph = Glyph {
                area: area_of(members, parts),
                ink: sum(|part| part.ink),
                perimeter: sum(|part| part.perimeter),
                runs: start..text.runs.len(),
            };
            let number = text.glyphs.len();
            match text.words.last_mut() {
                Some(word)
                    if number > first_glyph
                        && glyph.area.left as f32 - word.area.right as f32 <= WORD_GAP * tall =>
                {
                    word.area = word.area.join(&glyph.area);
                    word.glyphs.end = number + 1;
                }
                _ => text.words.push(Word {
                    area: glyph.area,
                    glyphs: number..number + 1,
                    line: text.lines.len(),
                }),
            }
            text.glyphs.push(glyph);
        }
        let words = first_word..text.words.len();
        let area = text.words[words.clone()].iter().map(|word| word.area).reduce(|a, b| a.join(&b));
        let area = area.expect("a line has a word");
        text.lines.push(Line { area, words, glyphs: first_glyph..text.glyphs.len(), height: tall });
    }
    text
}
