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

#[test]
fn headings_tell_sections_apart() {
    let of =
        ["auc", "image.auc", "pixel.f1", "spans.token_f1", "text.token_f1", "spans.none", "x"].map(heading);
    assert_eq!(of, ["AUC", "AUC", "pixel F1", "spans Token F1", "text Token F1", "spans.none", "x"]);
}
