"""Rows of the table, as text, and what rows say of each other."""

HEADER = f"{'shape':<34} {'who':<11} {'warm us':>10} {'cold us':>10} {'rate':>13} {'of peak':>8} {'SM MHz':>7}  lowbit/this"


def add_rates(row, shape):
    """TFLOP/s of the warm time, or GB/s of the cold one where one query is decoded."""
    if "warm_us" not in row:
        return row
    if row["who"] == "matmul":
        return row | {"rate": row["flops"] / row["warm_us"] / 1e6, "unit": "TFLOP/s"}
    if shape.is_decode:
        return row | {"rate": row["bytes"] / row["cold_us"] / 1e3, "unit": "GB/s"}
    return row | {"rate": shape.flops / row["warm_us"] / 1e6, "unit": "TFLOP/s"}


def add_ratios(rows):
    """To rows of one shape: the share of the rate of matmul, or of copy, that each
    reaches, and how many times as long lowbit takes, cold for decoding."""
    times = {row["who"]: row for row in rows if "rate" in row}
    peak, ours = times.get("matmul") or times.get("copy"), times.get("lowbit")
    done = []
    for row in rows:
        row = dict(row)
        if "rate" in row and peak and row["unit"] == peak["unit"]:
            row["of_peak"] = row["rate"] / peak["rate"]
        if "rate" in row and ours and row["who"] not in ("matmul", "copy", "lowbit"):
            key = "cold_us" if row["unit"] == "GB/s" else "warm_us"
            row["lowbit_ratio"] = ours[key] / row[key]
        done.append(row)
    return done


def show(row, shape):
    if "rate" not in row:
        return f"{shape:<34} {row['who']:<11} {row.get('reason', 'no result')}"

    def number(key, form):
        return form.format(row[key]) if row.get(key) is not None else "-"

    rate = f"{row['rate']:.1f} {row['unit']}"
    return (
        f"{shape:<34} {row['who']:<11} {number('warm_us', '{:.1f}'):>10} {number('cold_us', '{:.1f}'):>10} "
        f"{rate:>13} {number('of_peak', '{:.0%}'):>8} {number('sm_mhz', '{}'):>7}  {number('lowbit_ratio', '{:.2f}')}"
    )


def show_check(row):
    if "share" not in row:
        return f"{row['text']:<60} FAILED {row.get('reason', 'no result')}"
    verdict = "ok" if row["ok"] else "WRONG"
    return f"{row['text']:<60} {verdict:<6} error {row['error']:.3g}, {row['share']:.2f} of its bound"
