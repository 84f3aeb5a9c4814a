"""Rows of numbers to grow on: one for each block of the pages, or line of the texts."""
from typing import NamedTuple

import numpy


class Table(NamedTuple):
    x: numpy.ndarray       # the columns that the C code measured
    label: numpy.ndarray   # 1: the article's, 0: not, nan: unknown
    weight: numpy.ndarray  # what a mistake costs
    starts: numpy.ndarray  # row of each text's first, and after the last
    fold: numpy.ndarray    # of the text's site
