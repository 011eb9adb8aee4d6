//! Principal components of colour: projections of the pixels on the three axes of their colours, and their
//! distances from them.
//!
//! Most of a photograph's colours vary along one axis, brightness. The second and third show colour casts and
//! compression that the eye does not see: a part from another picture often differs there from like surfaces.
//! Nothing is claimed.
//!
//! Steps, deviations and limits: `page.md`.

mod algorithm;
#[cfg(test)]
mod tests;

use indicia_core::{
    Evidence, Examination, Exhibit, Fidelity, Finding, Method, MethodInfo, RankedBy, Result, Source, Status,
    Topic, ViewNeed,
};
use indicia_ops::Rgb8;

use crate::exhibit::{shown, table};
use crate::picture::reduced;
use algorithm::Axes;

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.principal-components",
    title: "Principal components of colour",
    summary: "Projections on the axes of the picture's own colours, where casts show; to look at, not a test.",
    applies: "Any picture whose pixels are not all of one colour.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "I. T. Jolliffe, Principal Component Analysis, Springer, 2002",
            url: "https://doi.org/10.1007/b98835",
            fidelity: Fidelity::Faithful,
        },
        Source {
            citation: "sherloq, a digital photo forensic toolset (its PCA projection)",
            url: "https://github.com/GuidoBartoli/sherloq",
            fidelity: Fidelity::Adapted,
        },
    ],
    status: Status::Preview,
    topic: Topic::View,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(PrincipalComponents))
    },
};

/// How many standard deviations from the mean reach the ends of the gray scale.
const REACH: f32 = 3.0;

struct PrincipalComponents;

fn examine_rgb(rgb: &Rgb8) -> Examination {
    let axes = algorithm::axes(&rgb.samples);
    let total: f64 = axes.variances.iter().sum();
    if total <= 0.0 {
        return Examination::not_applicable("all pixels are of one colour");
    }
    let deviations = axes.variances.map(|v| (v.sqrt() as f32).max(0.5));
    let pixels = rgb.samples.as_chunks::<3>().0;
    let (width, height) = (rgb.width, rgb.height);
    let mut exhibits: Vec<Exhibit> = (0..3)
        .map(|i| {
            let gain = 127.5 / (REACH * deviations[i]);
            let value = |at: usize| [127.5 + gain * axes.project(pixels[at])[i]; 3];
            let legend = format!(
                "Position of each pixel's colour along axis {}, black {REACH} standard deviations below the mean, \
                 white as far above (one is {:.1} of 255). Like surfaces in like light have like gray; the second and \
                 third axis show casts, and the blocks of compression.",
                i + 1,
                deviations[i]
            );
            let title = format!("Projection on axis {}", i + 1);
            shown(&format!("projection-{}", i + 1), &title, legend, reduced(width, height, value, |v| v))
        })
        .collect();
    // The distance from axis i has the variance of the other two axes.
    let gains: [f32; 3] = std::array::from_fn(|i| {
        let others = total - axes.variances[i];
        255.0 / (REACH * (others.sqrt() as f32).max(0.5))
    });
    let distances = |at: usize| {
        let squares = axes.project(pixels[at]).map(|v| v * v);
        let sum: f32 = squares.iter().sum();
        std::array::from_fn(|i| gains[i] * (sum - squares[i]).max(0.0).sqrt())
    };
    exhibits.push(shown(
        "distances",
        "Distances from the axes",
        "Red, green and blue are the distances of a pixel's colour from the first, second and third axis, each \
         stretched to three times its root mean square. Red marks colours that the picture's main range of \
         brightness does not hold.",
        reduced(width, height, distances, |v| v),
    ));
    exhibits.push(numbers(&axes));
    let share = 100.0 * axes.variances[0] / total;
    let statement = format!(
        "One axis holds {share:.1} % of the variance of the picture's colours; casts show on the others."
    );
    Examination::Findings(vec![Finding { exhibits, ..Finding::observation(INFO.id, statement) }])
}

fn numbers(axes: &Axes) -> Exhibit {
    let row = |name: String, values: [f64; 3], variance: String| {
        let mut row = vec![name];
        row.extend(values.map(|v| format!("{v:.3}")));
        row.push(variance);
        row
    };
    let mut rows = vec![row("mean".into(), axes.mean, String::new())];
    for (i, (direction, variance)) in axes.directions.iter().zip(axes.variances).enumerate() {
        rows.push(row(format!("axis {}", i + 1), *direction, format!("{variance:.2}")));
    }
    table(
        "axes",
        "Axes",
        "Mean colour, and the unit directions (eigenvectors) with the variances (eigenvalues) along them, in squared \
         levels of 255.",
        &["", "red", "green", "blue", "variance"],
        rows,
    )
}

impl Method for PrincipalComponents {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(examine_rgb(&*evidence.view::<Rgb8>(())?))
    }
}
