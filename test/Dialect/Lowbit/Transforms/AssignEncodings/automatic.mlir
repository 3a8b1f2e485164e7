// The encodings that lose least for a budget, by a file of measurements.

// DEFINE: %{recipe} = auto-6
// DEFINE: %{options} = sensitivity=%S/Inputs/sensitivity.json
// DEFINE: %{run} = quant-opt %S/Inputs/three.mlir --lowbit-assign-encodings="recipe=%{recipe} %{options}" 2>&1 | FileCheck %s

// What a has in 8 bits is worth more than what b and c lose in 2. 1536 bytes
// are the budget.
// RUN: %{run} --check-prefix=SIX --implicit-check-not=tradeoff
// SIX: remark: automatic choice for 6 bits per weight: 5.781 bits per weight (1480 bytes), predicted SQNR of the outputs 29.59 dB; int2-g32 for 1 weight, int8 for 1 weight{{$}}
// SIX: {lowbit.layer = "a", {{.*}}#lowbit.affine<i8>
// SIX: {lowbit.layer = "b", {{.*}}#lowbit.affine<u2>
// SIX: {lowbit.layer = "c", {{.*}}#lowbit.affine<u2>

// REDEFINE: %{recipe} = auto-4.7
// RUN: %{run} --check-prefix=FOUR
// FOUR: remark: automatic choice for 4.7 bits per weight: 4.625 bits per weight (1184 bytes), predicted SQNR of the outputs 19.96 dB; int4-g32 for 2 weights{{$}}
// REDEFINE: %{recipe} = auto-1.2kB
// RUN: %{run} --check-prefix=BYTES
// BYTES: remark: automatic choice for 1200 bytes: 4.625 bits per weight (1184 bytes)

// The least that keeps the outputs at 25 dB, 36 dB.
// REDEFINE: %{recipe} = auto-25dB
// RUN: %{run} --check-prefix=FLOOR
// FLOOR: remark: automatic choice for 25 dB: 5.781 bits per weight (1480 bytes), predicted SQNR of the outputs 29.59 dB;
// REDEFINE: %{recipe} = auto-36dB
// RUN: %{run} --check-prefix=HIGH
// HIGH: remark: automatic choice for 36 dB: 6.812 bits per weight (1744 bytes), predicted SQNR of the outputs 36.99 dB;

// For a report, the curve stays on the module: its corners, and what was taken.
// REDEFINE: %{recipe} = auto-7
// REDEFINE: %{options} = sensitivity=%S/Inputs/sensitivity.json keep-tradeoff
// RUN: %{run} --check-prefix=CURVE
// CURVE: module attributes {lowbit.tradeoff = {bytes = array<i64: 656, 920, 1480, 1744, 2304>, elements = 2048 : i64, sqnr_db = array<f64: 9.95{{.*}}, 19.58{{.*}}, 29.58{{.*}}, 36.98{{.*}}, 39.95{{.*}}>, taken = 3 : i64}}

// A curve of before does not stay.
// RUN: quant-opt %S/Inputs/three.mlir --lowbit-assign-encodings="recipe=%{recipe} %{options}" 2>/dev/null | quant-opt --lowbit-assign-encodings=recipe=int8 | FileCheck %s --check-prefix=GONE
// GONE-NOT: tradeoff
