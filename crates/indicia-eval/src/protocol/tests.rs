use std::collections::BTreeSet;
use std::fs;

use super::*;
use crate::score::{Options, Predictions, Reading};
use crate::stats::Bootstrap;

fn report(protocol: &str, csv: &str) -> Result<ProtocolReport> {
    let protocol = Protocol::parse(protocol, "test").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    fs::write(&path, csv).unwrap();
    let reading = Reading { columns: protocol.columns(), ..Reading::default() };
    let predictions = Predictions::read(&[path], &reading)?;
    let options = Options { bootstrap: Bootstrap { replicates: 20, seed: 1 }, ..Options::default() };
    score(&predictions, &protocol, &options)
}

fn protocol(design: &str) -> String {
    format!("name = \"t\"\ntitle = \"T\"\nmetrics = [\"auc\"]\n{design}")
}

fn auc(scores: &[crate::score::Scores]) -> Vec<f64> {
    scores.iter().map(|s| s.metric("auc").unwrap().value).collect()
}

#[test]
fn every_built_in_protocol_is_one() {
    for name in names() {
        let protocol = Protocol::load(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(protocol.name, name);
        assert!(!protocol.title.is_empty() && !protocol.description.is_empty());
    }
    assert!(names().count() >= 25);
    let error = Protocol::load("df40/9").unwrap_err().to_string();
    assert!(error.contains("df40/1") && error.contains("no file and no protocol"), "{error}");
}

#[test]
fn mistakes_are_named_with_their_line() {
    let fails = |text: &str| Protocol::parse(text, "x.toml").unwrap_err().to_string();
    assert!(fails("name = 1").contains("line 1"));
    assert!(fails("name=\"a\"\ntitle=\"b\"\ncondition=[]").contains("condition"));
    assert!(fails("name=\"a\"\ntitle=\"b\"\nconditions=[]").contains("conditions is empty"));
    assert!(fails("name=\"a\"\ntitle=\"b\"\nmetrics=[\"acu\"]").contains("no metric \"acu\""));
    let shares = "[design]\nkind=\"size_curve\"\nshares=[1.0,0.5]\ntrain={}\ntest={}";
    assert!(fails(&protocol(shares)).contains("shares should rise"));
}

const METHODS: &str = "path,label,score,method,split,trained_on\n\
    a,1,0.9,swap,test,without swap\nb,1,0.2,blend,test,without swap\nc,0,0.5,,test,without swap\n\
    a,1,0.4,swap,test,without blend\nb,1,0.8,blend,test,without blend\nc,0,0.5,real,test,without blend\n";

#[test]
fn leaving_one_out_takes_the_predictions_of_its_training() {
    let design = "[design]\nkind=\"leave_one_out\"\ncolumn=\"method\"\ntest={split=\"test\"}";
    let report = report(&protocol(design), METHODS).unwrap();
    let names: Vec<_> = report.cells.iter().map(|c| c.cell.name.as_str()).collect();
    assert_eq!(names, ["blend", "swap"]);
    // Blend is judged by the training without it, which found it; so is swap.
    assert_eq!(auc(&report.cells[0].scores), [1.0]);
    assert_eq!(auc(&report.cells[1].scores), [1.0]);
    let average = &report.averages[0];
    assert_eq!((average.over.as_str(), average.summary.mean, average.summary.count), ("cells", 1.0, 2));
}

#[test]
fn a_matrix_has_a_cell_for_each_pair() {
    let csv = "path,label,score,method,trained_on\n\
        a,1,0.9,x,x\nb,1,0.1,y,x\nc,0,0.5,,x\na,1,0.2,x,y\nb,1,0.8,y,y\nc,0,0.5,,y\n";
    let report = report(&protocol("[design]\nkind=\"one_against_all\"\ncolumn=\"method\""), csv).unwrap();
    let found: Vec<_> =
        report.cells.iter().map(|c| (c.cell.place.clone().unwrap(), auc(&c.scores)[0])).collect();
    let cell = |a: &str, b: &str, v| ((a.to_owned(), b.to_owned()), v);
    assert_eq!(found, [cell("x", "x", 1.0), cell("x", "y", 0.0), cell("y", "x", 0.0), cell("y", "y", 1.0)]);
    assert_eq!(report.averages[0].summary.mean, 0.5);
}

#[test]
fn untrained_detectors_are_judged_on_every_test_set() {
    let csv = "path,label,score,domain\na,1,0.9,ff\nb,0,0.1,ff\nc,1,0.3,cdf\nd,0,0.4,cdf\n";
    let design = "[design]\nkind=\"pairs\"\n[[design.cells]]\nname=\"in\"\ntrain={domain=\"ff\"}\ntest={domain=\"ff\"}\n\
        [[design.cells]]\nname=\"across\"\ntrain={domain=\"ff\"}\ntest={domain={not=[\"ff\"]}}";
    let report = report(&protocol(design), csv).unwrap();
    assert_eq!(auc(&report.cells[0].scores), [1.0]);
    assert_eq!(auc(&report.cells[1].scores), [0.0]);
}

#[test]
fn subgroups_and_macro_of_macro() {
    // Two categories of kind k: one all right, one half right; one category of kind l, all wrong.
    let csv = "path,class,predicted_class,category,kind\n\
        1,A,A,c1,k\n2,A,A,c1,k\n3,A,A,c1,k\n4,A,A,c1,k\n5,A,A,c2,k\n6,A,B,c2,k\n7,B,A,c3,l\n";
    let text = "name=\"t\"\ntitle=\"T\"\nsubgroups=[\"kind\"]\nmean_over=\"category\"\nmetrics=[\"classes.accuracy\"]";
    let report = report(text, csv).unwrap();
    assert_eq!(report.subgroups.len(), 2);
    let over = report.averages.iter().find(|a| a.over == "values of kind").unwrap();
    // (1 + 0.5) / 2 for k, 0 for l: 0.375, where plain accuracy is 5 of 7.
    assert_eq!((over.summary.mean, over.summary.min, over.summary.max), (0.375, 0.0, 0.75));
}

#[test]
fn seeds_are_summarised() {
    let csv = "path,label,score,seed\na,1,0.9,1\nb,0,0.1,1\na,1,0.3,2\nb,0,0.4,2\n";
    let report = report(&protocol(""), csv).unwrap();
    let seeds = &report.averages[0];
    assert_eq!(seeds.over, "seeds, all");
    assert_eq!((seeds.summary.mean, seeds.summary.min, seeds.summary.max), (0.5, 0.0, 1.0));
}

#[test]
fn missing_columns_values_and_predictions_are_named() {
    let design = "[design]\nkind=\"leave_one_out\"\ncolumn=\"method\"";
    let csv = "path,label,score\na,1,0.9\n";
    assert!(report(&protocol(design), csv).unwrap_err().to_string().contains("needs the column \"method\""));
    let csv = "path,label,score,method\na,1,0.9,x\nb,0,0.1,\n";
    let error = report(&protocol(design), csv).unwrap_err().to_string();
    assert!(error.contains("at least two values of method, the table has x"), "{error}");
    let kept = "name=\"t\"\ntitle=\"T\"\nkeep={method=\"z\"}";
    let error = report(kept, "path,label,score,method\na,1,0.9,x\n").unwrap_err().to_string();
    assert!(error.contains("no prediction belongs to the cell"), "{error}");
}

fn table(folder: &std::path::Path, csv: &str) -> std::path::PathBuf {
    let path = folder.join("t.csv");
    fs::write(&path, csv).unwrap();
    path
}

#[test]
fn tables_for_training_leave_out_what_is_tested() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "path,label,method,split,group,shot\n\
        a,1,x,train,1,s\nb,1,y,train,2,s\nc,0,,train,3,s\nd,1,x,test,4,s\ne,1,y,test,5,s\nf,0,,test,6,s\n";
    let path = table(folder.path(), csv);
    let protocol = Protocol::load("leave-one-method-out").unwrap();
    let plan = Plan::of(&protocol, &path).unwrap();
    let out = folder.path().join("out");
    let written = plan.write_tables(&path, &out).unwrap();
    assert_eq!(written.iter().map(|w| w.0.as_str()).collect::<Vec<_>>(), ["without x", "without y"]);
    let names = |path: &std::path::Path| {
        let mut items = crate::table::ItemReader::open(path).unwrap();
        let mut names = String::new();
        while let Some(item) = items.next_item().unwrap() {
            assert_eq!(item.get("shot").as_deref(), Some("s"));
            names += &item.path[item.path.len() - 1..];
        }
        names
    };
    assert_eq!(names(&written[0].1), "bc");
    assert_eq!(names(&written[1].1), "ac");
    assert_eq!(names(&out.join("test.parquet")), "def");
    // The same source on both sides.
    let leak = table(folder.path(), &csv.replace("d,1,x,test,4", "d,1,x,test,3"));
    let error = Plan::of(&protocol, &leak).unwrap().write_tables(&leak, &out).unwrap_err().to_string();
    assert!(error.contains("row 4, column group: 3 (first in row 3)"), "{error}");
}

#[test]
fn smaller_shares_are_part_of_larger_ones() {
    let folder = tempfile::tempdir().unwrap();
    let mut csv = "path,label,split\n".to_owned();
    (0..400).for_each(|i| csv += &format!("{i},{},train\n", i % 2));
    csv += "x,1,test\ny,0,test\n";
    let path = table(folder.path(), &csv);
    let plan = Plan::of(&Protocol::load("size-curve").unwrap(), &path).unwrap();
    let mut before: BTreeSet<u64> = BTreeSet::new();
    for (cell, share) in plan.cells().iter().zip([0.01, 0.03, 0.1, 0.3, 1.0]) {
        let mut items = crate::table::ItemReader::open(&path).unwrap();
        let mut chosen = BTreeSet::new();
        while let Some(item) = items.next_item().unwrap() {
            if plan.trains(cell, &item) {
                chosen.insert(item.row);
            }
        }
        assert!(before.is_subset(&chosen));
        let expected = 400.0 * share;
        assert!((chosen.len() as f64 - expected).abs() <= 3.0 * expected.sqrt(), "{share}: {}", chosen.len());
        before = chosen;
    }
    assert_eq!(before.len(), 400);
}
