//! Makes data with exact labels and a written history: corruptions and forgeries.
