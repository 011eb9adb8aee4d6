use super::Area;

/// Pixels of ink beside each other in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Row.
    pub y: u32,
    /// First column.
    pub left: u32,
    /// First column to the right of it.
    pub right: u32,
}

/// The runs of set pixels of a picture of `width` columns, row by row and from left to right.
pub fn runs_of(set: &[bool], width: usize) -> Vec<Run> {
    let mut runs = vec![];
    for (y, row) in set.chunks_exact(width.max(1)).enumerate() {
        let mut x = 0;
        while let Some(start) = row[x..].iter().position(|set| *set) {
            let left = x + start;
            let right = row[left..].iter().position(|set| !*set).map_or(width, |n| left + n);
            runs.push(Run { y: y as u32, left: left as u32, right: right as u32 });
            x = right;
        }
    }
    runs
}

/// An eight-connected component.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Component {
    pub area: Area,
    pub ink: usize,
    pub perimeter: usize,
    /// Indices of its runs, in order.
    pub runs: Vec<u32>,
}

fn root(parents: &mut [u32], mut i: u32) -> u32 {
    while parents[i as usize] != i {
        parents[i as usize] = parents[parents[i as usize] as usize];
        i = parents[i as usize];
    }
    i
}

/// Eight-connected components, in the order of their first runs, with their perimeter: sides between a set
/// pixel and one that is not set or outside.
pub(super) fn components(runs: &[Run]) -> Vec<Component> {
    let mut parents: Vec<u32> = (0..runs.len() as u32).collect();
    // Sides that a run shares with the row above; each takes one from both perimeters.
    let mut shared = vec![0_u32; runs.len()];
    let mut above = 0..0;
    let mut start = 0;
    for row in runs.chunk_by(|a, b| a.y == b.y) {
        let end = start + row.len();
        if above.end == 0 || runs[above.start].y + 1 != row[0].y {
            above = start..start;
        }
        let mut first = above.start;
        for i in start..end {
            let run = runs[i];
            while first < above.end && runs[first].right < run.left {
                first += 1;
            }
            for j in first..above.end {
                let other = runs[j];
                if other.left > run.right {
                    break;
                }
                shared[i] += run.right.min(other.right).saturating_sub(run.left.max(other.left));
                let (a, b) = (root(&mut parents, i as u32), root(&mut parents, j as u32));
                // The earlier run leads, so that a component has the number of its first run.
                parents[a.max(b) as usize] = a.min(b);
            }
        }
        (above, start) = (start..end, end);
    }
    let mut numbers = vec![u32::MAX; runs.len()];
    let mut found: Vec<Component> = vec![];
    for (i, run) in runs.iter().enumerate() {
        let lead = root(&mut parents, i as u32) as usize;
        let (y, left, right) = (run.y as usize, run.left as usize, run.right as usize);
        let area = Area { left, top: y, right, bottom: y + 1 };
        if numbers[lead] == u32::MAX {
            numbers[lead] = found.len() as u32;
            found.push(Component { area, ink: 0, perimeter: 0, runs: vec![] });
        }
        let component = &mut found[numbers[lead] as usize];
        component.area = component.area.join(&area);
        component.ink += right - left;
        component.perimeter += 2 + 2 * (right - left) - 2 * shared[i] as usize;
        component.runs.push(i as u32);
    }
    found
}
