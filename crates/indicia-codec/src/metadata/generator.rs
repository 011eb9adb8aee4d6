//! Fields that image generators write: prompts, workflows and sampling settings.

use super::collect::{Collector, MAX_VALUE, clean, cut};
use super::{GenerationField, GenerationLayout};

/// Fields of one file that are kept.
const MAX_FIELDS: usize = 64;

/// Looks at a text field and keeps it if an image generator wrote it. `keyword` is the field's own name.
pub(super) fn inspect(field: &str, keyword: &str, text: &str, length: u64, out: &mut Collector<'_>) {
    if out.found.generation.len() >= MAX_FIELDS {
        return;
    }
    if let Some(layout) = layout(keyword, text) {
        let text = clean(cut(text, MAX_VALUE));
        out.found.generation.push(GenerationField { field: field.to_owned(), layout, text, length });
    }
}

/// The layout of a generator's field; `None` if it is no such field.
pub(super) fn layout(keyword: &str, text: &str) -> Option<GenerationLayout> {
    // The beginning and some more is enough, and bounds the work on long texts.
    let text = cut(text, 16 * 1024).trim();
    let json = text.starts_with('{') || text.starts_with('[');
    let has = |key: &str| text.contains(key);
    match keyword {
        "invokeai_metadata" | "invokeai_graph" | "invokeai_workflow" | "sd-metadata" | "Dream" | "dream" => {
            return (!text.is_empty()).then_some(GenerationLayout::InvokeAi);
        }
        "prompt" | "workflow" if json => return Some(GenerationLayout::ComfyUi),
        "fooocus_scheme" => return Some(GenerationLayout::Fooocus),
        // ComfyUI puts its graphs behind these words in EXIF Make and Model of WebP files.
        "Make" | "Model" | "ImageDescription" | "UserComment" | "Software"
            if ["workflow:{", "prompt:{", "Workflow:{", "Prompt:{", "workflow: {", "prompt: {"]
                .iter()
                .any(|start| text.starts_with(start)) =>
        {
            return Some(GenerationLayout::ComfyUi);
        }
        _ => {}
    }
    if json {
        if has("\"base_model\"") && has("\"prompt\"") {
            return Some(GenerationLayout::Fooocus);
        }
        if has("\"prompt\"") && has("\"uc\"") && has("\"steps\"") {
            return Some(GenerationLayout::NovelAi);
        }
        if has("\"class_type\"") && has("\"inputs\"") {
            return Some(GenerationLayout::ComfyUi);
        }
        let prompt = has("\"prompt\"") || has("\"c\":") || has("\"positive_prompt\"");
        let sampling =
            has("\"sampler\"") || has("\"sampler_name\"") || has("\"cfg_scale\"") || has("\"scheduler\"");
        return (prompt && sampling).then_some(GenerationLayout::OtherJson);
    }
    if has("Steps: ") && has("Sampler: ") || has("Steps: ") && has("CFG scale: ") {
        return Some(GenerationLayout::WebUi);
    }
    midjourney(text).then_some(GenerationLayout::Midjourney)
}

/// Midjourney writes the prompt, its options and `Job ID: ` with an id of 36 characters.
fn midjourney(text: &str) -> bool {
    let Some((_, id)) = text.split_once("Job ID: ") else { return false };
    id.len() >= 36
        && id
            .bytes()
            .take(36)
            .enumerate()
            .all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
}
