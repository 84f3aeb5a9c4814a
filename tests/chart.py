"""Line charts as SVG, for the documentation: two logarithmic axes, one line a series."""
import html
import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 420, 64, 24, 48, 56
COLOURS = ("#1b6ca8", "#c8553d", "#8a8a8a", "#3a7d44")
STYLE = ("text{font:13px sans-serif;fill:#333}.title{font-size:16px;font-weight:bold}"
         ".grid{stroke:#ddd}.ground{fill:#fff}"
         "@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}.ground{fill:#111}}")


def scale(values, low, high):
    """Maps values to [low, high] by their logarithm."""
    least, most = math.log(min(values)), math.log(max(values))
    spread = (most - least) or 1
    return lambda value: low + (math.log(value) - least) / spread * (high - low)


def tens(values):
    """1, 2 and 5 times the powers of ten that lie within the values."""
    first = math.floor(math.log10(min(values)))
    last = math.ceil(math.log10(max(values)))
    marks = [digit * 10 ** power for power in range(first, last + 1) for digit in (1, 2, 5)]
    return [mark for mark in marks if min(values) <= mark <= max(values)]


def write(path, title, x_label, series):
    """series: [(name, [(x, y), ...]), ...]; all values above 0."""
    xs = sorted({x for _, points in series for x, _ in points})
    ys = [y for _, points in series for _, y in points]
    x_of = scale(xs, LEFT, WIDTH - RIGHT)
    y_of = scale(ys, HEIGHT - BOTTOM, TOP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
             f'role="img" aria-label="{html.escape(title)} against {html.escape(x_label)}">',
             f"<style>{STYLE}</style>", f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>',
             f'<text class="title" x="{LEFT}" y="26">{html.escape(title)}</text>']
    for mark in tens(ys):
        y = y_of(mark)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" '
                     f'y2="{y:.1f}"/><text x="{LEFT - 8}" y="{y + 4:.1f}" '
                     f'text-anchor="end">{mark:g}</text>')
    for x in xs:
        parts.append(f'<text x="{x_of(x):.1f}" y="{HEIGHT - BOTTOM + 20}" '
                     f'text-anchor="middle">{x:g}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" '
                 f'text-anchor="middle">{html.escape(x_label)}</text>')
    for i, (name, points) in enumerate(series):
        colour = COLOURS[i % len(COLOURS)]
        path_of = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in points)
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" '
                     f'points="{path_of}"/>')
        parts += [f'<circle cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="3.5" fill="{colour}"/>'
                  for x, y in points]
        parts.append(f'<rect x="{LEFT + 12}" y="{TOP + 2 + 20 * i}" width="12" height="12" '
                     f'fill="{colour}"/><text x="{LEFT + 30}" y="{TOP + 13 + 20 * i}">'
                     f"{html.escape(name)}</text>")
    parts.append("</svg>")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts) + "\n")
