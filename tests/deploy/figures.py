"""What tests measure, said at the end of a run."""
FIGURES = []


def tell(figure):
    FIGURES.append(figure)
