use super::*;

#[test]
fn a_grid_is_aligned_and_markdown_is_escaped() {
    let grid = Grid {
        head: vec!["name".into(), "n".into()],
        rows: vec![vec!["a|b".into(), "10".into()], vec!["longer".into(), "7".into()]],
        words: 1,
    };
    assert_eq!(grid.text(), "name     n\n----------\na|b     10\nlonger   7\n");
    assert_eq!(grid.markdown(), "| name | n |\n| --- | ---: |\n| a\\|b | 10 |\n| longer | 7 |\n");
}
