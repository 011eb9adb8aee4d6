"""Writes denoise.csv: noise residuals by the definition of prnu-python's noise_extract, at samples of pictures that
formulas make.

The definition (polimi-ispl/prnu-python, prnu/functions.py): wavelet details over 4 levels with symmetric borders,
each times v / (v + s), v = 25, s the least over windows of side 3, 5, 7, 9 of max(0, mean square - v) with zeros
outside; approximation dropped; transformed back and cut to size.
Made with PyWavelets 1.8.0, NumPy 2.4.6, SciPy 1.17.1, in single precision; a tolerance of 2e-3 covers it.
Run: python denoise.py > denoise.csv
"""

import numpy
import pywt
from scipy.ndimage import uniform_filter

SIZES = [(64, 48), (61, 83), (128, 33), (17, 16), (5, 200), (1, 9)]


def picture(width, height):
    y, x = numpy.mgrid[:height, :width]
    noise = (x * 7919 + y * 104729 + x * y * 31) % 23
    return ((x * x + y * y * 2) // 97 % 200 + noise).astype(numpy.uint8)


def attenuate(band, variance):
    means = [uniform_filter(band**2, side, mode="constant") for side in (3, 5, 7, 9)]
    signal = numpy.maximum(numpy.min(means, axis=0) - variance, 0)
    return band * variance / (signal + variance)


def residual(samples, wavelet):
    parts = pywt.wavedec2(samples.astype(numpy.float32), wavelet, level=4)
    details = [tuple(attenuate(band, 25.0) for band in level) for level in parts[1:]]
    whole = pywt.waverec2([numpy.zeros_like(parts[0]), *details], wavelet)
    return whole[: samples.shape[0], : samples.shape[1]]


print("wavelet,width,height,index:value")
for wavelet in ("db4", "db8"):
    for width, height in SIZES:
        values = residual(picture(width, height), wavelet).ravel()
        step = max(1, values.size // 61)
        print(wavelet, width, height, *(f"{i}:{values[i]:.5f}" for i in range(0, values.size, step)), sep=",")
