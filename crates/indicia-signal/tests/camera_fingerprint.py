"""Writes camera_fingerprint.csv: a fingerprint, a cleaned residual and a PCE by their definitions, from pictures that
formulas make.

The definitions follow polimi-ispl/prnu-python (prnu/functions.py): residual of each channel by Wiener filtering of db8
details over 4 levels with a noise variance of 25, gray as 0.29893602 R + 0.58704307 G + 0.11402090 B, means of rows and
columns subtracted on each of four lattices, Wiener filter of the spectrum with the plane's own variance. They differ in
that saturated samples are left out of both sums of K = sum W I / (sum I I + 1) with I from 0 to 1 (the pictures have
none), that windows go round the edges of the spectrum, and that the residual is weighted by intensity. PCE as by Goljan,
Fridrich and Filler (2009): signed, 11 x 11 places left out.
Made with PyWavelets 1.9.0, NumPy 2.4.6, SciPy 1.17.1 in double precision; the test's tolerances cover single precision.
Run: python camera_fingerprint.py > camera_fingerprint.csv
"""

import numpy
import pywt
from scipy.ndimage import uniform_filter

WIDTH, HEIGHT = 192, 160
GRAY = numpy.array([0.29893602, 0.58704307, 0.11402090])


def mixed(x, y, c, n):
    value = (x * 7919 + y * 104729 + c * 31337 + n * 65537 + x * y * 31) & 0xFFFFFFFF
    return ((value * 2654435761) & 0xFFFFFFFF) >> 16


def picture(number):
    y, x, c = numpy.mgrid[:HEIGHT, :WIDTH, :3].astype(numpy.uint64)
    scene = 60 + 10 * number + 9 * c + (x * (number + 1) + y * 2) // 5 % 90
    gain = mixed(x, y, 0 * c, 0) % 13
    noise = mixed(x, y, c, number + 1) % 5
    return numpy.minimum(scene + scene * gain // 100 + noise, 255).astype(float)


def attenuate(values, variance, mode):
    means = [uniform_filter(values**2, side, mode=mode) for side in (3, 5, 7, 9)]
    signal = numpy.maximum(numpy.min(means, axis=0) - variance, 0)
    return values * variance / (signal + variance)


def residual(channel):
    parts = pywt.wavedec2(channel, "db8", level=4)
    details = [tuple(attenuate(band, 25.0, "constant") for band in level) for level in parts[1:]]
    whole = pywt.waverec2([numpy.zeros_like(parts[0]), *details], "db8")
    return whole[: channel.shape[0], : channel.shape[1]]


def residuals(samples):
    return numpy.stack([residual(samples[:, :, c]) for c in range(3)], axis=2)


def clean(plane):
    plane = plane.copy()
    for top in (0, 1):
        for left in (0, 1):
            part = plane[top::2, left::2]
            part -= part.mean()
            part -= part.mean(axis=1, keepdims=True) + part.mean(axis=0, keepdims=True)
    spectrum = numpy.fft.fft2(plane)
    power = abs(spectrum) / plane.size**0.5
    kept = attenuate(power, plane.var(ddof=1), "wrap")
    return numpy.fft.ifft2(spectrum * kept / numpy.where(power > 0, power, 1)).real


weighted, squares = 0, 0
for number in range(3):
    samples = picture(number)
    weighted = weighted + residuals(samples) * samples / 255
    squares = squares + (samples / 255) ** 2
fingerprint = clean(weighted / (squares + 1) @ GRAY)
samples = picture(7)
cleaned = clean(residuals(samples) @ GRAY)
product = cleaned * (samples / 255 @ GRAY)
product -= product.mean()
found = numpy.fft.ifft2(numpy.fft.fft2(product) * numpy.conj(numpy.fft.fft2(fingerprint))).real
floor = found**2
floor[numpy.ix_(range(-5, 6), range(-5, 6))] = 0
pce = found[0, 0] * abs(found[0, 0]) / (floor.sum() / (floor.size - 121))

print("what,index:value")
for name, plane in (("fingerprint", fingerprint), ("residual", cleaned)):
    print(name, *(f"{i}:{plane.ravel()[i]:.5f}" for i in range(0, plane.size, 397)), sep=",")
print(f"pce,{pce:.4f}")
print(f"correlation,{found[0, 0] / (numpy.linalg.norm(product) * numpy.linalg.norm(fingerprint)):.6f}")
