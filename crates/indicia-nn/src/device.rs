//! Where tensors live.

use burn::tensor::Device;

/// The processor, always there.
pub fn cpu() -> Device {
    Device::flex()
}
