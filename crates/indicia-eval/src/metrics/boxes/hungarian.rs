/// Highest sum of gains of one-to-one pairs, by the Hungarian method with potentials: rows are brought in one
/// by one along a shortest augmenting path, in rows² columns steps at most. `gain` is 0 or more.
pub fn highest_sum(rows: usize, columns: usize, gain: &dyn Fn(usize, usize) -> f64) -> f64 {
    if rows > columns {
        return highest_sum(columns, rows, &|row, column| gain(column, row));
    }
    // Row and column 0 stand for nothing; costs are gains with the sign turned.
    let (mut of_row, mut of_column) = (vec![0.0; rows + 1], vec![0.0; columns + 1]);
    let mut row_at = vec![0; columns + 1];
    for row in 1..=rows {
        row_at[0] = row;
        let mut at = 0;
        let mut least = vec![f64::INFINITY; columns + 1];
        let mut from = vec![0; columns + 1];
        let mut seen = vec![false; columns + 1];
        // Every round sees one column more and ends at one without a row: there are at least as many columns.
        while row_at[at] != 0 {
            seen[at] = true;
            let (mut delta, mut next) = (f64::INFINITY, 0);
            for column in 1..=columns {
                if seen[column] {
                    continue;
                }
                let cost = -gain(row_at[at] - 1, column - 1) - of_row[row_at[at]] - of_column[column];
                if cost < least[column] {
                    (least[column], from[column]) = (cost, at);
                }
                if least[column] < delta {
                    (delta, next) = (least[column], column);
                }
            }
            for column in 0..=columns {
                if seen[column] {
                    of_row[row_at[column]] += delta;
                    of_column[column] -= delta;
                } else {
                    least[column] -= delta;
                }
            }
            at = next;
        }
        while at != 0 {
            row_at[at] = row_at[from[at]];
            at = from[at];
        }
    }
    (1..=columns)
        .filter(|column| row_at[*column] != 0)
        .map(|column| gain(row_at[column] - 1, column - 1))
        .sum()
}
