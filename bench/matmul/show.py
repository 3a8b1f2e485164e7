"""Rows as a table on the terminal, and as a plot."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

#: Names of goals in a cell.
SHORT = {"ratio_ceiling": "of ceiling", "ratio_best_peer": "of best", "ratio_reference": "of int4", "ratio_one_thread": "of one thread"}


def get_best(row):
    return max(row["peers"], key=row["peers"].get, default=None)


def number(value, form="{:.1f}"):
    return "-" if value is None else form.format(value)


def get_goal(row):
    return ", ".join(
        f"{least:.2f} {SHORT.get(key, 'of ' + key.removeprefix('ratio_'))}" for key, least in row["goal"].items()
    )


def print_table(rows):
    table = Table(title="Matrix products, one layer; higher is better", title_justify="left")
    for name in ("case", "unit"):
        table.add_column(name, no_wrap=True)
    for name in ("ours", "best", "ceiling", "of best", "of ceiling"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("who", "goal", "met"):
        table.add_column(name)
    for row in rows:
        best = get_best(row)
        table.add_row(
            row["case"], row["unit"], number(row["ours"]), number(row["peers"].get(best)), number(row["ceiling"]),
            number(row["ratio_best_peer"], "{:.2f}"), number(row["ratio_ceiling"], "{:.0%}"), best or "-", get_goal(row),
            {True: "yes", False: "[red]NO[/red]", None: "-"}[row["met"]],
        )  # fmt: skip
    console = Console(width=None if Console().is_terminal else 160)
    console.print(table)
    remarks = {}
    for row in rows:
        kind = row["case"].rsplit("/", 1)[0]
        for text in filter(None, [row["remark"], *(f"no {name}: {why}" for name, why in row["absent"].items())]):
            remarks.setdefault(f"{kind}: {text}", None)
    for text in remarks:
        console.print(escape(text), highlight=False, soft_wrap=True)


def plot(rows, path):
    """Shares of the ceiling, ours beside the best library's."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = [row for row in rows if row["ceiling"]]
    figure, axes = pyplot.subplots(figsize=(9, 1 + 0.32 * max(len(rows), 1)))
    best = [max(row["peers"].values(), default=0) / row["ceiling"] for row in rows]
    ours = [row["ratio_ceiling"] or 0 for row in rows]
    places = range(len(rows))
    axes.barh([place + 0.2 for place in places], best, 0.38, color="#b8b8b8", label="best other library")
    axes.barh([place - 0.2 for place in places], ours, 0.38, color="#3465a4", label="Lowbit")
    goals = [(place, row["goal"]["ratio_ceiling"]) for place, row in enumerate(rows) if "ratio_ceiling" in row["goal"]]
    if goals:
        axes.plot([goal for _, goal in goals], [place - 0.2 for place, _ in goals], "k|", markersize=9, label="goal")
    axes.set_yticks(list(places), [row["case"] for row in rows], fontsize=7)
    axes.invert_yaxis()
    axes.axvline(1, color="black", linewidth=0.6)
    axes.set_xlabel("share of the ceiling: memory up to 4 rows, arithmetic beyond")
    axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.06 if len(rows) > 12 else -0.3), ncols=3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, bbox_inches="tight", dpi=150)
