//! The three SRM kernels as a layer; the kernels are those of `indicia_ops::srm`.

use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use indicia_ops::srm::SRM_3;

/// How the kernels meet red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SrmWiring {
    /// Three channels: each kernel of the sum over red, green and blue, cut to -clip to clip if there is a clip.
    /// MMFusion's released code cuts at 2 pictures that are divided by 256, which cuts next to nothing;
    /// ASC-Former cuts at 3.
    Summed {
        /// Largest magnitude of the output, in units of the input.
        clip: Option<f32>,
    },
    /// Nine channels: red under the three kernels, then green, then blue; not cut (SEAR).
    Depthwise,
}

/// High-pass residuals under square 3 by 3, square 5 by 5 and second-order horizontal kernels, zeros beyond the
/// border. Holds no parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Srm {
    /// The wiring.
    pub wiring: SrmWiring,
}

impl Srm {
    /// Channels of the output.
    pub fn channels(&self) -> usize {
        match self.wiring {
            SrmWiring::Summed { .. } => 3,
            SrmWiring::Depthwise => 9,
        }
    }

    /// Multiply-adds per sample of one channel of the picture.
    pub fn multiply_adds(&self) -> u64 {
        // Summed: the kernels are linear, so that one plane, the sum, is filtered.
        25 * self.channels() as u64
    }

    /// `[batch, 3, height, width]` to `[batch, 3 or 9, height, width]`.
    pub fn forward(&self, picture: Tensor<4>) -> Tensor<4> {
        let device = picture.device();
        match self.wiring {
            SrmWiring::Summed { clip } => {
                let options = ConvOptions::new([1, 1], [2, 2], [1, 1], 1);
                let out = conv2d(picture.sum_dim(1), kernels(1, &device), None, options);
                match clip {
                    Some(clip) => out.clamp(-clip, clip),
                    None => out,
                }
            }
            SrmWiring::Depthwise => {
                let options = ConvOptions::new([1, 1], [2, 2], [1, 1], 3);
                conv2d(picture, kernels(3, &device), None, options)
            }
        }
    }
}

/// The kernels, `times` one after the other: `[3 * times, 1, 5, 5]`.
fn kernels(times: usize, device: &Device) -> Tensor<4> {
    let values: Vec<f32> = (0..times)
        .flat_map(|_| &SRM_3)
        .flat_map(|kernel| (0..25).map(|i| kernel.weight(i / 5, i % 5)))
        .collect();
    Tensor::from_data(TensorData::new(values, [3 * times, 1, 5, 5]), device)
}

#[cfg(test)]
mod tests {
    use indicia_ops::srm::{Srm3, Wiring};

    use super::*;
    use crate::device::cpu;
    use crate::parity::picture;

    fn values(tensor: Tensor<4>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn interleaved(picture: &Tensor<4>) -> Vec<u8> {
        let [_, _, height, width] = picture.dims();
        let planes = values(picture.clone());
        (0..height * width).flat_map(|i| [0, 1, 2].map(|c| planes[c * height * width + i] as u8)).collect()
    }

    #[test]
    fn one_red_pixel_gives_the_kernels_turned() {
        let mut red = [0.0_f32; 75];
        red[12] = 6.0;
        let picture = Tensor::from_data(TensorData::new(red.to_vec(), [1, 3, 5, 5]), &cpu());
        let summed = values(Srm { wiring: SrmWiring::Summed { clip: Some(2.0) } }.forward(picture.clone()));
        // Square 3: -6 at the centre is cut to -2, 6 * 2/4 = 3 beside it to 2, 6 * -1/4 at the corner stays.
        assert_eq!((summed[12], summed[11], summed[6]), (-2.0, 2.0, -1.5));
        assert_eq!((summed[25], summed[27]), (-0.5, -1.0));
        let free = values(Srm { wiring: SrmWiring::Summed { clip: None } }.forward(picture.clone()));
        assert_eq!((free[12], free[50 + 11], free[50 + 7]), (-6.0, 3.0, 0.0));
        let deep = values(Srm { wiring: SrmWiring::Depthwise }.forward(picture));
        assert_eq!((deep.len(), deep[12], deep[50 + 11]), (225, -6.0, 3.0));
        assert!(deep[75..].iter().all(|&v| v == 0.0), "green and blue are black");
    }

    #[test]
    fn both_wirings_equal_those_of_the_classical_methods() {
        for shape in [[1, 3, 1, 1], [1, 3, 1, 9], [1, 3, 13, 4]] {
            let picture = picture("srm", shape, &cpu());
            let rgb = interleaved(&picture);
            for (ours, theirs) in [
                (SrmWiring::Summed { clip: Some(3.0) }, Wiring::Summed { clip: 3 }),
                (SrmWiring::Depthwise, Wiring::Depthwise),
            ] {
                let found = values(Srm { wiring: ours }.forward(picture.clone()));
                let expected = Srm3::of(&rgb, shape[3], theirs).planes.concat();
                assert_eq!(found.len(), expected.len());
                let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst < 1e-3, "{ours:?} {shape:?}: {worst}");
            }
        }
    }
}
