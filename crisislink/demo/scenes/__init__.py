"""The renderer of the demo city's scenes: `python -m crisislink.demo.scenes` writes `demo/clips/*.mov`.

A small world in metres (x right, y away, z up) seen through a pinhole lens, drawn with Skia. Flat things
(façades, roads) are drawn in their own plane through a homography, so their lines stay crisp; solid things
(vehicles) are shaded faces. Every movement is periodic in `LOOP_S`, so the clips loop without a seam. Only
the renderer needs skia-python; the clips it wrote are shipped.
"""
