"""bench_chart.py: a chart of curves on logarithmic axes, as SVG without any library."""
import math

WIDTH, HEIGHT = 800, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 50
LEGEND_WIDTH = 290
COLORS = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#7f7f7f"]
MARKERS = ["", "6 3", "2 2", "8 3 2 3"]


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain_number(value):
    if value >= 1:
        return f"{value:,.0f}"
    return f"{value:g}"


class Axis:
    """A logarithmic axis from one pixel to another; its range is whole decades."""

    def __init__(self, values, start, end):
        positive = [value for value in values if value > 0] or [1]
        self.low = math.floor(math.log10(min(positive)) + 1e-9)
        self.high = max(self.low + 1, math.ceil(math.log10(max(positive)) - 1e-9))
        self.start, self.end = start, end

    def place(self, value):
        share = (math.log10(max(value, 10.0 ** self.low)) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def decades(self):
        return [10.0 ** exponent for exponent in range(self.low, self.high + 1)]


def text_at(x, y, text, anchor="middle", size=12, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"{more}>{escape(text)}</text>'


def grid(x_axis, y_axis, x_title, y_title):
    right, bottom = WIDTH - RIGHT - LEGEND_WIDTH, HEIGHT - BOTTOM
    lines = []
    for value in x_axis.decades():
        x = x_axis.place(value)
        lines.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}" stroke="#dddddd"/>')
        lines.append(text_at(x, bottom + 18, plain_number(value)))
    for value in y_axis.decades():
        y = y_axis.place(value)
        lines.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#dddddd"/>')
        lines.append(text_at(LEFT - 6, y + 4, plain_number(value), "end"))
    lines.append(text_at((LEFT + right) / 2, HEIGHT - 10, x_title))
    lines.append(text_at(16, (TOP + bottom) / 2, y_title, more=f' transform="rotate(-90 16 {(TOP + bottom) / 2:.1f})"'))
    return lines


def curve(number, name, points, x_axis, y_axis):
    color = COLORS[number % len(COLORS)]
    dashes = MARKERS[number // len(COLORS) % len(MARKERS)]
    places = [(x_axis.place(x), y_axis.place(y)) for x, y in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    legend_x, legend_y = WIDTH - LEGEND_WIDTH, TOP + 12 + 20 * number
    return ([f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2" stroke-dasharray="{dashes}"/>'] +
            [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in places] +
            [f'<line x1="{legend_x}" y1="{legend_y}" x2="{legend_x + 22}" y2="{legend_y}" stroke="{color}" '
             f'stroke-width="2"/>', text_at(legend_x + 28, legend_y + 4, name, "start")])


def draw(title, x_title, y_title, curves):
    """curves: name -> [(x, y)..], all above 0. Gives the text of the file."""
    x_axis = Axis([x for points in curves.values() for x, _ in points], LEFT, WIDTH - RIGHT - LEGEND_WIDTH)
    y_axis = Axis([y for points in curves.values() for _, y in points], HEIGHT - BOTTOM, TOP)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
             f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" fill="#222222" role="img">',
             f"<title>{escape(title)}</title>", f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
             text_at(LEFT, 22, title, "start", 15)]
    lines += grid(x_axis, y_axis, x_title, y_title)
    for number, (name, points) in enumerate(curves.items()):
        lines += curve(number, name, points, x_axis, y_axis)
    return "\n".join(lines + ["</svg>"]) + "\n"
