//===- Passes.td - Conversions to targets ------------------*- tablegen -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CONVERSION_PASSES_TD
#define LOWBIT_CONVERSION_PASSES_TD

include "lowbit/Conversion/GpuPasses.td"
include "lowbit/Conversion/X86Passes.td"
include "mlir/Pass/PassBase.td"

// Passes (keep alphabetical)

def CallLibraryPass : Pass<"lowbit-call-library", "::mlir::ModuleOp"> {
  let summary = "Call the C library for expm1 and log1p";
  let description = [{
    `convert-math-to-llvm` takes these two for `exp(x) - 1` and `log(1 + x)`,
    which loses every digit of a small `x`, and all that they are for. What is
    left of them becomes calls, for each element of a vector.

    ```mlir
    %y = math.log1p %x : f64
    // becomes
    %y = call @log1p(%x) : (f64) -> f64
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::vector::VectorDialect"];
}

def CheckAllocationsPass : Pass<"lowbit-check-allocations"> {
  let summary = "Check that sizes of buffers are sizes";
  let description = [{
    The size of a tensor may come from data. A negative one, and sizes whose
    product is beyond what a processor can address, would allocate a few bytes
    and write to as many as they say. Each allocation with dynamic sizes gets a
    `cf.assert` in front, on the number of its elements as an f64:

    ```mlir
    %m = memref.alloc(%n) : memref<?x8xf32>
    // becomes
    %0 = arith.index_cast %n : index to i64
    %1 = arith.sitofp %0 : i64 to f64
    %2 = arith.mulf %1, %c8 : f64
    %notNegative = arith.cmpi sge, %n, %c0 : index
    %notHuge = arith.cmpf ole, %2, %largest : f64
    %isSize = arith.andi %notNegative, %notHuge : i1
    cf.assert %isSize, "a tensor<?x8xf32> has a negative size, or more elements than memory holds"
    %m = memref.alloc(%n) : memref<?x8xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect"];
}

def CheckSizesPass : Pass<"lowbit-check-sizes"> {
  let summary = "Check that the dynamic sizes that meet in an op fit together";
  let description = [{
    linalg, and elementwise ops on tensors, take it for granted that sizes which
    meet in an op are equal, and read beside a tensor where they are not. Each
    two sizes that are not known to be equal are compared in front of the op; of
    a convolution also what its windows reach. The message names the layer, or
    the op and its place.

    ```mlir
    %y = linalg.matmul {lowbit.layer = "head"} ins(%x, %w : tensor<?x?xf32>, ...
    // becomes
    %k = tensor.dim %x, %c1 : tensor<?x?xf32>
    %equal = arith.cmpi eq, %c384, %k : index
    cf.assert %equal, "'head': dimension 1 of operand #0 and dimension 0 of operand #1 differ in size"
    %y = linalg.matmul {lowbit.layer = "head"} ins(%x, %w : tensor<?x?xf32>, ...
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ConvertCopyToLinalg : Pass<"convert-copy-to-linalg"> {
  let summary = "Write copies between memrefs as linalg";
  let description = [{
    `memref.copy` of what is not contiguous would call a runtime library. It
    becomes a `linalg.generic`, and with that loops.

    ```mlir
    memref.copy %x, %y : memref<4x8xf32> to memref<4x8xf32, strided<[16, 1]>>
    // becomes
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%x : memref<4x8xf32>) outs(%y : memref<4x8xf32, strided<[16, 1]>>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    }
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def ConvertLinalgToVectorLoops : Pass<"convert-linalg-to-vector-loops"> {
  let summary = "Lower elementwise and row-reduction linalg ops to vector loops";
  let description = [{
    On memrefs: a `linalg.generic` (named ops are generalized first) becomes a
    loop nest whose innermost loop computes on vectors, with a masked tail. The
    outer parallel loops become `scf.parallel` where there is enough work. An op
    that cannot compute on vectors becomes scalar loops, with a remark. Sums are
    taken lane by lane, so that they are rounded in another order; which of two
    zeros is the larger one for `arith.maxnumf` and `arith.minnumf` is open.

    ```mlir
    linalg.generic {... ["parallel", "parallel"]}
      ins(%x, %b : memref<128x384xf32>, memref<384xf32>)
      outs(%y : memref<128x384xf32>) { ... arith.addf ... }
    // becomes
    scf.parallel (%i) = (%c0) to (%c128) step (%c1) {
      scf.for %j = %c0 to %c384 step %c16 {
        %0 = vector.load %x[%i, %j] : memref<128x384xf32>, vector<16xf32>
        %1 = vector.load %b[%j] : memref<384xf32>, vector<16xf32>
        %2 = arith.addf %0, %1 : vector<16xf32>
        vector.store %2, %y[%i, %j] : memref<128x384xf32>, vector<16xf32>
      }
    }
    ```
  }];
  let options = [
    Option<"lanes", "lanes", "int64_t", "16",
           "f32 elements of a vector (default 16)">,
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def ConvertObserveToCalls
    : Pass<"convert-observe-to-calls", "::mlir::ModuleOp"> {
  let summary = "Call a function with each observed buffer";
  let description = [{
    Each `lowbit.observe` of a memref becomes a call with the number of its
    observer, the axis of the channels, and the memref:

    ```mlir
    lowbit.observe %x layers = ["fc1"] axis = 1 : memref<?x384xf32>
    // becomes
    %any = memref.cast %x : memref<?x384xf32> to memref<*xf32>
    call @lowbit_observe_f32(%c0, %c1, %any) : (i64, i64, memref<*xf32>) -> ()
    ```

    Ops with the same layers have one number. The attribute `lowbit.observers` of
    the module lists the observers by number:
    `[{channels = 384 : i64, layers = ["fc1"]}, ...]`, with `gram` where second
    moments are asked for and without `channels` where they are not known. The
    functions, one for each of f32, f16 and bf16, are the C interface's
    `void _mlir_ciface_lowbit_observe_f32(int64_t, int64_t, UnrankedMemRef *)`,
    which the program is linked with; docs/calibration.md has an example.

    Fails if one layer has two observers that do not agree, or if an observer is
    in a parallel loop, from which rows would come in any order.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect"];
}

def DecomposeAggregatesPass : Pass<"lowbit-decompose-aggregates"> {
  let summary = "Write linalg.softmax and its kind as the ops that they stand for";
  let description = [{
    Ops that stand for several linalg ops, and have no loops of their own, become
    those.

    ```mlir
    %y = linalg.softmax dimension(1) ins(%x : tensor<4x8xf32>) outs(%o : tensor<4x8xf32>)
    // becomes
    %max = linalg.generic {... arith.maxnumf ...} ins(%x : tensor<4x8xf32>) ...
    %exp = linalg.generic {... math.exp ...} ins(%x, %max : ...) ...
    %sum = linalg.generic {... arith.addf ...} ins(%exp : ...) ...
    %y = linalg.generic {... arith.divf ...} ins(%exp, %sum : ...) ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ExpandBf16Pass : Pass<"lowbit-expand-bf16"> {
  let summary = "Convert between bf16 and f32 or f64 by integer arithmetic";
  let description = [{
    To nearest even, with denormal numbers, the same on every processor. f64 goes
    through an f32 that is rounded to odd, so that the result is rounded once.

    ```mlir
    %y = arith.extf %x : bf16 to f32
    // becomes
    %0 = arith.bitcast %x : bf16 to i16
    %1 = arith.extui %0 : i16 to i32
    %2 = arith.shli %1, %c16 : i32
    %y = arith.bitcast %2 : i32 to f32
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def ExpandMathPass : Pass<"lowbit-expand-math"> {
  let summary = "Replace transcendental functions by polynomials";
  let description = [{
    The transcendental functions and powers of f32, f16 and bf16 become
    arithmetic on scalars or vectors, most of it in f64. Errors are, in units in
    the last place of f32, for operands of every size, with the special values
    and signs of zero that C has:

    | function | error |
    |---|---|
    | `exp2`, `expm1`, `log`, `log2`, `log10`, `log1p` | 0.51 |
    | `sinh`, `cosh`, `asinh`, `acosh`, `atanh` | 0.51 |
    | `sin`, `cos`, `sincos`, `tan`, `asin`, `acos`, `atan`, `atan2` | 0.51 |
    | `erfc`, `cbrt`, `powf`, `fpowi` | 0.51 |
    | `powf` and `fpowi` by the constant 3 | 1.5 |
    | `exp` | 1.1 |
    | `erf`, `tanh` | 5 |

    The last three, which models use most, are computed in f32; `erf` and `tanh`
    are MLIR's. Powers by integer constants are products, where they are short
    of f64 too; powers of integers are loops over the bits of the exponent, with
    0 for the inverse of 0. Other functions of f64 stay calls of the C library, for each
    element of a vector, with a remark. `fma`, `sqrt`, `rsqrt` and roundings
    stay; SSE2 has no instructions for `fma` and roundings, so there they are
    calls as well, but for `roundeven`, which every encode takes.

    ```mlir
    %y = math.exp %x : vector<16xf32>
    // becomes
    %0 = math.fma %x, %log2e, %rounder : vector<16xf32>
    %1 = arith.subf %0, %rounder : vector<16xf32>
    ... // the polynomial, by math.fma, and the scaling by 2^%1
    ```
  }];
  let options = [
    Option<"library", "library", "bool", "false",
           "Only replace what the C library and LLVM lack: fpowi, ipowi, sincos "
           "and clampf (default false)">,
    Option<"roundeven", "roundeven", "bool", "false",
           "Replace roundeven too, for processors without (default false)">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def ExpandReshapesPass : Pass<"lowbit-expand-reshapes"> {
  let summary = "Compute the strides of reshapes with several dynamic sizes";
  let description = [{
    A `memref.expand_shape` that splits one dimension into several of dynamic
    size becomes a `memref.reinterpret_cast`. `expand-strided-metadata` takes at
    most one dynamic size in each group, and ends with an invalid access for
    others. Before:

    ```mlir
    %r = memref.expand_shape %m [[0, 1], [2]] output_shape [%b, %s, 384]
        : memref<?x384xf32> into memref<?x?x384xf32>
    ```

    After, with strides computed from those of `%m`:

    ```mlir
    %base, %offset, %sizes:2, %strides:2 = memref.extract_strided_metadata %m
    %stride = arith.muli %s, %c384 : index
    %r = memref.reinterpret_cast %base to offset: [0], sizes: [%b, %s, 384],
        strides: [%stride, 384, 1] : memref<f32> to memref<?x?x384xf32>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
}

def FuseElementwisePass : Pass<"lowbit-fuse-elementwise"> {
  let summary = "Fuse elementwise ops that are not computed more often for it";
  let description = [{
    As `linalg-fuse-elementwise-ops`, but what a reduction reads several times is
    computed before it, once: the operands of a matmul, above all a weight that
    is decoded.

    ```mlir
    %w = linalg.generic ... ins(%codes, %scales : ...) { mulf }
    %a = linalg.generic ... ins(%x : tensor<8x64xf32>) { absf }
    %b = linalg.generic ... ins(%a : tensor<8x64xf32>) { negf }
    %y = linalg.generic ... ins(%b, %w : ...) { mulf, addf }     // a matmul
    // becomes
    %w = linalg.generic ... ins(%codes, %scales : ...) { mulf }
    %b = linalg.generic ... ins(%x : tensor<8x64xf32>) { absf, negf }
    %y = linalg.generic ... ins(%b, %w : ...) { mulf, addf }
    ```
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
}

def FuseRowsPass : Pass<"lowbit-fuse-rows"> {
  let summary = "Let neighbouring row-wise linalg ops share one loop over rows";
  let description = [{
    On memrefs: neighbouring `linalg.generic` that go through the same rows, and
    depend on one another within a row alone, become one `scf.parallel` in which
    they work on views of a row: norms, softmax, encoding with a scale for each row.

    ```mlir
    linalg.generic ["parallel", "reduction"] ins(%x : memref<128x384xf32>) ...
    // and others become
    scf.parallel (%i) = (%c0) to (%c128) step (%c1) {
      %rx = memref.subview %x[%i, 0] [1, 384] [1, 1]
      linalg.generic ["reduction"] ins(%rx : memref<384xf32, ...>) ...
    }
    ```
  }];
  let options = [
    Option<"lanes", "lanes", "int64_t", "16",
           "f32 elements of a vector (default 16)">,
    Option<"remarks", "remarks", "bool", "false",
           "Say why ops stay apart (default false)">];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::scf::SCFDialect"];
}

def GuardDivisionsPass : Pass<"lowbit-guard-divisions"> {
  let summary = "Give integer divisions by zero a result";
  let description = [{
    Processors trap on an integer division by zero, and on the smallest integer
    divided by -1, which ends the process. Importers divide by products of sizes
    (the -1 of a reshape), and those of an empty batch are zero. Afterwards
    `x / 0` is 0, `x % 0` is x, and the smallest integer divided by -1 is itself,
    with remainder 0. Divisions by constants other than zero stay as they are.

    ```mlir
    %q = arith.divui %x, %y : i64
    // becomes
    %isZero = arith.cmpi eq, %y, %c0 : i64
    %divisor = arith.select %isZero, %c1, %y : i64
    %0 = arith.divui %x, %divisor : i64
    %q = arith.select %isZero, %c0, %0 : i64
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def InlineAllocaScopesPass : Pass<"lowbit-inline-alloca-scopes"> {
  let summary = "Inline scopes of stack allocations that hold none";
  let description = [{
    `convert-scf-to-openmp` puts each parallel body into a
    `memref.alloca_scope`, which may not hold the several blocks that loops
    become.

    ```mlir
    memref.alloca_scope {
      memref.store %x, %m[] : memref<f32>
    }
    // becomes
    memref.store %x, %m[] : memref<f32>
    ```
  }];
}

def InsertTimersPass : Pass<"lowbit-insert-timers", "::mlir::ModuleOp"> {
  let summary = "Call a function around each op that takes time";
  let description = [{
    Ops on buffers that take time are linalg ops, copies, calls of kernels, which
    are functions with the attribute `lowbit.kernel_spec`, and parallel loops as a
    whole. Around each of them go two calls; each says what the time since the
    call before it was spent on: the number of an op, how many operations it has
    done, and how many bytes lie in the buffers that it has read or written. What
    is in no op has the number -1:

    ```mlir
    call @lowbit_matmul_f32_avx512vnni(%a, %w, %c) {lowbit.layer = "fc1"} : ...
    // becomes
    call @lowbit_mark_time(%none, %zero, %zero) : (i64, i64, i64) -> ()
    call @lowbit_matmul_f32_avx512vnni(%a, %w, %c) {lowbit.layer = "fc1"} : ...
    call @lowbit_mark_time(%number, %operations, %bytes) : (i64, i64, i64) -> ()
    ```

    Sums of products are counted, two operations for each product; all else has
    none. Both numbers come from the sizes at run time. The attribute
    `lowbit.timers` of the module lists the ops by number:
    `[{kernel = "lowbit_matmul_f32_avx512vnni", layer = "fc1", op = "func.call",
    products = "f32"}, {computes = "exp", op = "linalg.generic"}, ...]`.
    `void lowbit_mark_time(int64_t, int64_t, int64_t)` is what the program is
    linked with.

    It comes after bufferization and before linalg ops become loops. Ops in
    parallel loops have no time of their own.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect"];
}

def VerifyLlvmPass : Pass<"lowbit-verify-llvm", "::mlir::ModuleOp"> {
  let summary = "Check that nothing is left that LLVM does not have";
  let description = [{
    The last check of the lowering pipelines. Conversions leave what they have no
    pattern for, and casts around it; the error names the first such op, at its
    place, rather than the first cast.

    ```mlir
    %0 = builtin.unrealized_conversion_cast %arg0 : f32 to complex<f32>
    %1 = complex.re %0 : complex<f32>   // error: 'complex.re' has no lowering
    ```
  }];
}

#endif // LOWBIT_CONVERSION_PASSES_TD
