use super::*;
use crate::protocol::{Protocol, score};
use crate::score::{Options, Predictions, Reading};

/// An exam of 90 items in nine categories, with answers of which two in three are right.
fn made(folder: &Folder) -> (PathBuf, PathBuf) {
    let categories = [
        "human_real_none_visibleimage_category",
        "human_faceswaponeface_encoderdecoder_visibleimage_category",
        "human_faceswaponeface_encoderdecoder_video_temporal",
        "human_faceedit_gan_visibleimage_seg",
        "human_faceedit_gan_visibleimage_det",
        "human_faceantispoofing_print_nirimage_category",
        "nonhuman_real_none_visibleimage_category",
        "nonhuman_outofcontext_unknown_visibleimagetext_category",
        "nonhuman_entiresynthesis_diffusion_visibleimage_category",
    ];
    let mut exam = "index\tquestion\tA\tB\tC\tanswer\tcategory\n".to_owned();
    let mut answers = "index,prediction\n".to_owned();
    for n in 0..90_usize {
        // Categories of unequal size.
        let category = categories[(n * n) % 11 % 9];
        let right = ["A", "B", "C"][n % 3];
        exam += &format!("{n}\tq\tone\ttwo\tthree\t{right}\t{category}\n");
        let said = if n % 7 < 4 { right } else { ["B", "two or three", "three"][n % 3] };
        answers += &format!("{n},{said}\n");
    }
    (folder.file("exam.tsv", exam), folder.file("model.csv", answers))
}

#[test]
fn the_five_protocols_find_the_same_numbers_in_the_converted_table() {
    let folder = Folder::new();
    let (exam, answers) = made(&folder);
    let answers = [Answers::read(&answers).unwrap()];
    let report = evaluate(&exam, &answers, &settings()).unwrap();
    let model = &report.contestants[0];
    let table = folder.path("table.parquet");
    assert_eq!(convert(&exam, &table, None).unwrap(), Converted { items: 90, with_pictures: 0 });
    let predictions = folder.path("predictions.csv");
    write_predictions(&table, &answers, &Rules::default(), &predictions).unwrap();
    for view in VIEWS {
        let protocol = Protocol::load(&format!("forensics-bench/{view}")).unwrap();
        let reading = Reading { table: Some(table.clone()), columns: protocol.columns(), partial: false };
        let read = Predictions::read(std::slice::from_ref(&predictions), &reading).unwrap();
        let options = Options { bootstrap: settings().bootstrap, ..Options::default() };
        let found = score(&read, &protocol, &options).unwrap();
        let over = format!("values of {view}");
        let mean = found.averages.iter().find(|a| a.over == over).unwrap();
        let expected = model.section.get(view).unwrap().value;
        assert!((mean.summary.mean - expected).abs() < 1e-12, "{view}: {} {expected}", mean.summary.mean);
        let parts = model.section.by_type.iter().filter_map(|s| Some((s.of.strip_prefix(view)?.trim(), s)));
        let mut count = 0;
        for (of, part) in parts {
            let over = format!("categories of {view} {of}");
            let mean = found.averages.iter().find(|a| a.over == over).unwrap_or_else(|| panic!("{over}"));
            assert!((mean.summary.mean - part.get("accuracy").unwrap().value).abs() < 1e-12);
            count += 1;
        }
        assert_eq!(count, mean.summary.count);
        // The same in the section that predictions of such a table have without a protocol.
        let scores = &found.cells[0].scores[0];
        for metric in ["overall", view] {
            let (here, there) = (scores.metric(&format!("exam.{metric}")), model.section.get(metric));
            assert_eq!(here.unwrap().value, there.unwrap().value);
        }
        assert_eq!(scores.metric("classes.accuracy").unwrap().value, value(&report, "model", "overall"));
    }
}
