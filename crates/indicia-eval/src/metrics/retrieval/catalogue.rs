use crate::metrics::Definition;

/// All metrics of retrieval.
pub const METRICS: &[Definition] = &[
    Definition::higher(
        "mu_ap",
        "muAP",
        "Micro-average precision: average precision of all returned pairs ranked together, recall over all true pairs.",
    ),
    Definition::higher(
        "recall_at_p90",
        "Recall at 90 % precision",
        "Highest recall of true pairs at a threshold at which at least 90 % of the pairs are true; 0 where there is none.",
    ),
    Definition::higher("recall_at_1", "Recall at 1", "Share of true pairs that come first for their query."),
    Definition::higher(
        "recall_at_5",
        "Recall at 5",
        "Share of true pairs among the first five of their query.",
    ),
    Definition::higher(
        "recall_at_10",
        "Recall at 10",
        "Share of true pairs among the first ten of their query.",
    ),
    Definition::higher(
        "map",
        "mAP",
        "Average precision of each query that has a true reference, mean over these queries.",
    ),
    Definition::higher(
        "mrr",
        "MRR",
        "One over the rank of the first true reference (0 if none was returned), mean over queries that have one.",
    ),
];
