#!/usr/bin/env python3
"""Makes the small pictures of this folder, and what Pillow reads from them: the truth that the decoders and the scaling are tested against.

Needs Pillow (made with 9.4.0 on libjpeg-turbo) and NumPy. Beside each picture NAME lies NAME.expected.ppm: the upright RGB picture.
scale-<width>x<height>-to-<size>.ppm are the results of Pillow's BILINEAR (antialiased) resize of pattern(width, height), cropped in the middle.
"""
import numpy as np
from PIL import Image, ImageOps


def pattern(width, height):
    """Smooth ramps with a fine checkerboard on top; exact integers, so that a test can make the same."""
    y, x = np.mgrid[0:height, 0:width]
    red = (x * 7 + y * 3) % 256
    green = ((x ^ y) * 11) % 256
    blue = np.where((x + y) % 2 == 0, 230, 20)
    return Image.fromarray(np.stack([red, green, blue], axis=-1).astype(np.uint8), "RGB")


def smooth(width, height):
    y, x = np.mgrid[0:height, 0:width]
    planes = [x * 255 // (width - 1), y * 255 // (height - 1), (x + y) * 255 // (width + height - 2)]
    return Image.fromarray(np.stack(planes, axis=-1).astype(np.uint8), "RGB")


def save(name, image, **options):
    image.save(name, **options)
    with Image.open(name) as stored:
        upright = ImageOps.exif_transpose(stored)
        if upright.mode == "I":  # 16-bit grey: Pillow clips instead of scaling
            values = np.asarray(upright, dtype=np.float64)
            upright = Image.fromarray(np.floor(values / 257 + 0.5).astype(np.uint8), "L")
        if upright.mode in ("LA", "RGBA"):  # drop the alpha channel; convert() of LA would do the same
            upright = upright.convert("RGBA")
            upright = Image.merge("RGB", upright.split()[:3])
        upright.convert("RGB").save(f"{name}.expected.ppm")


def main():
    photo = smooth(21, 13)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(f"orientation-{orientation}.jpg", photo, quality=90, subsampling=0, exif=exif)
    save("subsampled.jpg", smooth(33, 19), quality=85, subsampling=2)
    save("progressive.jpg", smooth(33, 19), quality=85, progressive=True)
    save("grey.jpg", photo.convert("L"), quality=90)
    save("cmyk.jpg", photo.convert("CMYK"), quality=95)

    detailed = pattern(21, 13)
    save("rgb.png", detailed)
    save("grey.png", detailed.convert("L"))
    save("bits.png", detailed.convert("1"))
    save("palette-256.png", detailed.quantize(200))
    save("palette-16.png", detailed.quantize(11), bits=4)
    save("palette-4.png", detailed.quantize(4), bits=2)
    alpha = detailed.convert("L").point(lambda v: 255 - v)
    rgba = detailed.copy()
    rgba.putalpha(alpha)
    save("rgb-alpha.png", rgba)
    save("grey-alpha.png", Image.merge("LA", (detailed.convert("L"), alpha)))
    grey16 = (np.mgrid[0:13, 0:21][1] * 3001 + np.mgrid[0:13, 0:21][0] * 257) % 65536
    save("grey-16.png", Image.fromarray(grey16.astype(np.uint16)))

    for width, height, size in [(37, 23, 10), (23, 37, 10), (9, 7, 16), (300, 200, 24), (64, 64, 64), (61, 60, 59)]:
        shorter = min(width, height)
        wide = [(side * size + shorter // 2) // shorter for side in (width, height)]
        resized = pattern(width, height).resize(wide, Image.BILINEAR)
        left, top = (wide[0] - size) // 2, (wide[1] - size) // 2
        resized.crop((left, top, left + size, top + size)).save(f"scale-{width}x{height}-to-{size}.ppm")


main()
