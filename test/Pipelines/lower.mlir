// Each lowering ends in the LLVM dialect alone, and the same text every time.

// RUN: quant-opt %s --lowbit-lower-to-x86="isa=avx512vnni" -o %t.vnni
// RUN: quant-opt %s --lowbit-lower-to-x86="isa=avx512vnni" --mlir-disable-threading -o %t.again
// RUN: cmp %t.vnni %t.again
// RUN: FileCheck %s --check-prefixes=LLVM,VNNI --input-file=%t.vnni --implicit-check-not=unrealized_conversion_cast
// RUN: quant-opt %s --lowbit-lower-to-reference | FileCheck %s --check-prefixes=LLVM,REALS --implicit-check-not=unrealized_conversion_cast
// RUN: quant-opt %s --lowbit-lower-to-reference="integer=true" | FileCheck %s --check-prefixes=LLVM,INTEGERS --implicit-check-not=unrealized_conversion_cast

// RUN: not quant-opt %s --lowbit-lower-to-x86="isa=sse9" 2>&1 | FileCheck %s --check-prefix=ISA
// ISA: error: unknown instruction set 'sse9': use host, amx, avx512bf16, avx512vnni, avx512, avxvnni, avx2 or sse2
// RUN: not quant-opt %s --lowbit-lower-to-x86="isa=avx2 fail-on-fallback" 2>&1 | FileCheck %s --check-prefix=FALLBACK
// FALLBACK: error: no x86 kernel: the weight's panels have 32 columns and step 4, but avx2 needs 16 and 2
// RUN: not quant-opt %s --lowbit-lower-to-x86="threads=2" 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: no such option threads
// RUN: not quant-opt %s --lowbit-lower-to-reference="integer=maybe" 2>&1 | FileCheck %s --check-prefix=VALUE
// VALUE: 'maybe' is invalid value for boolean argument

#row = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>

// What is encoded is arithmetic on the parts.
// LLVM-LABEL: llvm.func @main(
// The reference for reals has no integer sums, that for integers no real ones.
// REALS-NOT: llvm.intr.fma
// REALS: llvm.fmul
// INTEGERS: llvm.mul %{{.*}} : i32
// INTEGERS: llvm.intr.fma
// VNNI: llvm.func {{.*}}@lowbit_matmul_i8_f32_24x40_i8_per_row{{.*}}(
// VNNI: omp.parallel
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// VNNI: llvm.intr.fma
ml_program.global public @w.codes(#ml_program.extern<tensor<2x6x128xi8>>) : tensor<2x6x128xi8>
ml_program.global public @w.scales(#ml_program.extern<tensor<2x1x32xf32>>) : tensor<2x1x32xf32>
func.func @main(%x: tensor<?x24xf32>) -> tensor<?x40xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x24xf32>
  %a = lowbit.encode %x : tensor<?x24xf32> to tensor<?x24xf32, #row>
  %codes = ml_program.global_load_const @w.codes : tensor<2x6x128xi8>
  %scales = ml_program.global_load_const @w.scales : tensor<2x1x32xf32>
  %w = lowbit.assemble %codes, %scales : tensor<2x6x128xi8>, tensor<2x1x32xf32> to tensor<24x40xf32, #w>
  %e = tensor.empty(%m) : tensor<?x40xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x40xf32>) -> tensor<?x40xf32>
  %y = linalg.matmul ins(%a, %w : tensor<?x24xf32, #row>, tensor<24x40xf32, #w>) outs(%f : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
