use crate::metrics::Definition;

/// All metrics of texts.
pub const METRICS: &[Definition] = &[
    Definition::higher(
        "bleu_1",
        "BLEU-1",
        "Corpus BLEU of single words (sacrebleu: 13a tokens, smoothing exp).",
    ),
    Definition::higher(
        "bleu_2",
        "BLEU-2",
        "Corpus BLEU of up to two words (sacrebleu: 13a tokens, smoothing exp).",
    ),
    Definition::higher(
        "bleu_3",
        "BLEU-3",
        "Corpus BLEU of up to three words (sacrebleu: 13a tokens, smoothing exp).",
    ),
    Definition::higher(
        "bleu_4",
        "BLEU-4",
        "Corpus BLEU of up to four words (sacrebleu: 13a tokens, smoothing exp).",
    ),
    Definition::higher(
        "space_bleu_1",
        "BLEU-1, split at spaces",
        "As bleu_1 with tokens split at white space only.",
    ),
    Definition::higher(
        "space_bleu_2",
        "BLEU-2, split at spaces",
        "As bleu_2 with tokens split at white space only.",
    ),
    Definition::higher(
        "space_bleu_3",
        "BLEU-3, split at spaces",
        "As bleu_3 with tokens split at white space only.",
    ),
    Definition::higher(
        "space_bleu_4",
        "BLEU-4, split at spaces",
        "As bleu_4 with tokens split at white space only.",
    ),
    Definition::higher(
        "sentence_bleu_1",
        "Sentence BLEU-1",
        "BLEU-1 of each answer (13a tokens, smoothing exp), mean over answers.",
    ),
    Definition::higher(
        "sentence_bleu_2",
        "Sentence BLEU-2",
        "BLEU-2 of each answer, orders that it is too short for left out (13a tokens, smoothing exp), mean over answers.",
    ),
    Definition::higher(
        "sentence_bleu_3",
        "Sentence BLEU-3",
        "BLEU-3 of each answer, orders that it is too short for left out (13a tokens, smoothing exp), mean over answers.",
    ),
    Definition::higher(
        "sentence_bleu_4",
        "Sentence BLEU-4",
        "BLEU-4 of each answer, orders that it is too short for left out (13a tokens, smoothing exp), mean over answers.",
    ),
    Definition::higher(
        "chrf",
        "chrF2",
        "Corpus F2 of character n-grams up to six without white space (sacrebleu's chrF2).",
    ),
    Definition::higher("rouge_1", "ROUGE-1", "F1 of single words (rouge_score), mean over answers."),
    Definition::higher("rouge_2", "ROUGE-2", "F1 of pairs of words (rouge_score), mean over answers."),
    Definition::higher(
        "rouge_l",
        "ROUGE-L",
        "F1 of the longest common subsequence of words (rouge_score), mean over answers.",
    ),
    Definition::higher("rouge_1_stem", "ROUGE-1, stemmed", "As rouge_1 of Porter stems, mean over answers."),
    Definition::higher("rouge_2_stem", "ROUGE-2, stemmed", "As rouge_2 of Porter stems, mean over answers."),
    Definition::higher("rouge_l_stem", "ROUGE-L, stemmed", "As rouge_l of Porter stems, mean over answers."),
    Definition::higher(
        "exact_match",
        "Exact match",
        "Share of answers equal to a reference without case, punctuation and articles (SQuAD).",
    ),
    Definition::higher(
        "token_f1",
        "Token F1",
        "F1 of words without case, punctuation and articles (SQuAD), mean over answers.",
    ),
];
