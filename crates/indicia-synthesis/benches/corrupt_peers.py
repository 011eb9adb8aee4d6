"""CPU time of imagecorruptions 1.1.2 at severity 3 on the picture of corrupt.rs, one thread. Libraries as in
src/corrupt/fixtures/make.py."""

import time

import cv2
import numpy as np
import skimage.filters

cv2.setNumThreads(1)
skimage_gaussian = skimage.filters.gaussian
skimage.filters.gaussian = lambda *a, multichannel=None, **k: skimage_gaussian(*a, channel_axis=-1, **k)
from imagecorruptions import corrupt

y, x = np.mgrid[0:1500, 0:2000]
picture = np.stack([x * 255 // 1999, y * 255 // 1499, (x * y // 50 + x) % 256], axis=-1).astype(np.uint8)
for name in ["gaussian_blur", "defocus_blur", "motion_blur", "gaussian_noise", "shot_noise", "brightness",
             "jpeg_compression"]:
    times = []
    for _ in range(4):
        start = time.process_time()
        corrupt(picture, 3, name)
        times.append(time.process_time() - start)
    print(f"{name}: {min(times) * 1000:.0f} ms")
