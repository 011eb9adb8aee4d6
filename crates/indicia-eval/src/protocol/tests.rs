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

/// Classes a and b are known, c is not; seed 2 is sure of the unknown ones.
const OPEN: &str = "path,label,class,predicted_class,confidence,seed\n\
    1,1,a,a,0.9,1\n2,1,b,a,0.8,1\n3,1,c,,0.1,1\n4,0,real,real,0.7,1\n\
    1,1,a,a,0.2,2\n2,1,b,b,0.3,2\n3,1,c,a,0.9,2\n4,0,real,real,0.1,2\n";

#[test]
fn named_known_classes_are_told_from_unknown_ones() {
    let text = "name=\"t\"\ntitle=\"T\"\nmetrics=[\"open_set.auroc\",\"open_set.closed_set_accuracy\"]\n\
        [design]\nkind=\"open_set\"\ncolumn=\"class\"\n";
    let known = format!("{text}known=[\"a\",\"b\"]");
    let found = report(&known, OPEN).unwrap();
    let scores = &found.cells[0].scores;
    // Real items are known: they are trained on whatever classes are named.
    let section = scores[0].sections.iter().find(|s| s.name == "open_set").unwrap();
    assert_eq!(section.counts, [("known", 3), ("unknown", 1), ("rejected", 1)]);
    assert_eq!(section.protocol, "known: a, b, real");
    let of = |i: usize, metric: &str| scores[i].metric(&format!("open_set.{metric}")).unwrap().value;
    assert_eq!((of(0, "auroc"), of(1, "auroc")), (1.0, 0.0));
    assert_eq!((of(0, "closed_set_accuracy"), of(1, "closed_set_accuracy")), (2.0 / 3.0, 1.0));
    let seeds = &found.averages[0];
    assert_eq!((seeds.over.as_str(), seeds.metric.as_str()), ("seeds, open set", "open_set.auroc"));
    assert_eq!((seeds.summary.mean, seeds.summary.min, seeds.summary.max), (0.5, 0.0, 1.0));
    let fails = |protocol: &str, csv: &str| report(protocol, csv).unwrap_err().to_string();
    assert!(
        fails(&known, &OPEN.replace("0.8,1", ",1")).contains("row 2, column confidence: expected how sure")
    );
    assert!(fails(&known, &OPEN.replace("0.8,1", "NaN,1")).contains("expected a number, got \"NaN\""));
    assert!(
        fails(&known, &OPEN.replace("2,1,b,a", "2,1,,a")).contains("row 2, column class: expected a class")
    );
    assert!(fails(&format!("{text}known=[\"a\",\"z\"]"), OPEN).contains("knows the class \"z\""));
    let both = Protocol::parse(&format!("{known}\nleave_out=true"), "x.toml").unwrap_err().to_string();
    assert!(both.contains("either design.known with classes or design.leave_out"), "{both}");
}

#[test]
fn sequences_with_seeds_have_a_mean_and_a_range() {
    let design = "[design]\nkind=\"incremental\"\ncolumn=\"task\"\norder=[\"x\",\"y\"]";
    let mut csv = "path,label,score,task,trained_on,seed\n".to_owned();
    // After y, seed 1 has forgotten x and seed 2 has not.
    for (seed, after) in [(1, 0.1), (2, 0.9)] {
        csv += &format!("a,1,0.9,x,up to x,{seed}\nb,0,0.5,x,up to x,{seed}\n");
        csv += &format!("a,1,{after},x,up to y,{seed}\nb,0,0.5,x,up to y,{seed}\n");
        csv += &format!("c,1,0.9,y,up to y,{seed}\nd,0,0.5,y,up to y,{seed}\n");
    }
    let found = report(&protocol(design), &csv).unwrap();
    let forgetting: Vec<_> = found
        .derived
        .iter()
        .filter(|d| d.measure == "forgetting")
        .map(|d| (d.seed.as_str(), d.estimate.value))
        .collect();
    assert_eq!(forgetting, [("1", 1.0), ("2", 0.0)]);
    let over = found.averages.iter().find(|a| a.over == "seeds, forgetting").unwrap();
    assert_eq!((over.summary.mean, over.summary.min, over.summary.max), (0.5, 0.0, 1.0));
    let json = found.to_json();
    assert_eq!(json["derived"][0]["measure"], "final_average");
    assert!(json["measures"]["forgetting"].as_str().unwrap().contains("Chaudhry"));
    assert!(crate::report::averages(&found).text().contains("seeds, forgetting"));
}

#[test]
fn ranked_classes_are_checked() {
    let of = |csv: &str| report("name=\"t\"\ntitle=\"T\"\nmetrics=[\"classes.top_3_accuracy\"]", csv);
    let head = "path,class,predicted_classes\n";
    let found = of(&format!("{head}1,a,\"[\"\"b\"\",\"\"a\"\"]\"\n2,c,\"[\"\"a\"\"]\"\n")).unwrap();
    assert_eq!(found.cells[0].scores[0].metric("classes.top_3_accuracy").unwrap().value, 0.5);
    assert_eq!(found.cells[0].scores[0].metric("classes.accuracy").unwrap().value, 0.0);
    let fault = |list: &str| of(&format!("{head}1,a,\"{list}\"\n")).unwrap_err().to_string();
    assert!(fault("a").contains("row 1, column predicted_classes: expected a JSON list of classes"));
    assert!(fault("[]").contains("expected at least one class"));
    assert!(fault("[\"\"a\"\",\"\"a\"\"]").contains("expected each class once, got a twice"));
    let other = "path,class,predicted_class,predicted_classes\n1,a,a,\"[\"\"b\"\"]\"\n";
    assert!(
        of(other).unwrap_err().to_string().contains("expected the predicted class a as the first, got b")
    );
}

#[test]
fn a_class_of_two_families_is_refused() {
    let text = "name=\"t\"\ntitle=\"T\"\nfamily=\"kin\"\nmetrics=[\"classes.family_accuracy\"]";
    let csv = "path,class,predicted_class,kin\n1,a,b,k\n2,b,b,k\n3,c,a,\n4,c,z,\n";
    let found = report(text, csv).unwrap();
    let value = |metric: &str| found.cells[0].scores[0].metric(metric).unwrap().value;
    // 1 and 2 stay in k; 3 and 4 do not stay with c, and z is of no family.
    assert_eq!((value("classes.family_accuracy"), value("classes.errors_within_family")), (0.5, 1.0 / 3.0));
    let error = report(text, &csv.replace("2,b,b,k", "2,a,b,l")).unwrap_err().to_string();
    assert!(
        error.contains("row 2, column kin: expected the family k of other items of the class a, got l"),
        "{error}"
    );
}
