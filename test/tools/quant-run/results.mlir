// Results are the caller's, whatever they are made of: constants, arguments,
// parts of each other, nothing. Neither inputs nor weights are written to, so
// that a second run, as with --time, sees the same ones.

// RUN: rm -rf %t && mkdir %t
// RUN: %tensors %t/x.npz x=f32:2x2:1,2,3,4
// RUN: %tensors %t/w.safetensors w=f32:2x2:5,6,7,8
// RUN: quant-run %s --weights %t/w.safetensors --input %t/x.npz --time --runs=3 --output %t/x86.npz
// RUN: %tensors --print %t/x86.npz | FileCheck %s
// RUN: quant-run %s --weights %t/w.safetensors --input %t/x.npz --output %t/decode.npz --lowering=decode
// RUN: %tensors --print %t/decode.npz | FileCheck %s
// RUN: quant-run %s --weights %t/w.safetensors --input %t/x.npz --output %t/integer.npz --lowering=integer
// RUN: %tensors --print %t/integer.npz | FileCheck %s

// CHECK: constant float32 (2, 2) 10.0 20.0 30.0 40.0
// CHECK: same_constant float32 (2, 2) 10.0 20.0 30.0 40.0
// CHECK: input float32 (2, 2) 1.0 2.0 3.0 4.0
// CHECK: weight float32 (2, 2) 5.0 6.0 7.0 8.0
// CHECK: in_place float32 (2, 2) 8.0 12.0 18.0 26.0
// CHECK: on_weight float32 (2, 2) 12.0 16.0 22.0 30.0
// CHECK: row float32 (1, 2) 22.0 30.0
// CHECK: element float32 () 30.0
// CHECK: empty float32 (0, 2){{$}}
!m = tensor<2x2xf32>
ml_program.global public @w(#ml_program.extern<!m>) : !m
func.func @main(%x: !m) -> (
    !m {lowbit.name = "constant"}, !m {lowbit.name = "same_constant"},
    !m {lowbit.name = "input"}, !m {lowbit.name = "weight"},
    !m {lowbit.name = "in_place"}, !m {lowbit.name = "on_weight"},
    tensor<1x2xf32> {lowbit.name = "row"},
    tensor<f32> {lowbit.name = "element"},
    tensor<0x2xf32> {lowbit.name = "empty"}) {
  %w = ml_program.global_load_const @w : !m
  %c = arith.constant dense<[[10.0, 20.0], [30.0, 40.0]]> : !m
  %0 = linalg.matmul ins(%x, %x : !m, !m) outs(%x : !m) -> !m
  %1 = linalg.matmul ins(%x, %x : !m, !m) outs(%w : !m) -> !m
  %row = tensor.extract_slice %1[1, 0] [1, 2] [1, 1] : !m to tensor<1x2xf32>
  %element = tensor.extract_slice %1[1, 1] [1, 1] [1, 1] : !m to tensor<f32>
  %empty = tensor.extract_slice %1[1, 0] [0, 2] [1, 1] : !m to tensor<0x2xf32>
  return %c, %c, %x, %w, %0, %1, %row, %element, %empty
    : !m, !m, !m, !m, !m, !m, tensor<1x2xf32>, tensor<f32>, tensor<0x2xf32>
}

// The last user of an argument may not take it over.
// RUN: quant-run %s --function=last --weights %t/w.safetensors --input %t/x.npz --output %t/last.npz
// RUN: %tensors --print %t/last.npz | FileCheck %s --check-prefix=LAST
// LAST: output0 float32 (2, 2) 12.0 16.0 22.0 30.0
func.func @last(%x: !m) -> !m {
  %w = ml_program.global_load_const @w : !m
  %0 = linalg.matmul ins(%x, %x : !m, !m) outs(%w : !m) -> !m
  return %0 : !m
}

// A result through a call, and the caller's use of it.
// RUN: quant-run %s --function=call --weights %t/w.safetensors --input %t/x.npz --output %t/call.npz
// RUN: %tensors --print %t/call.npz | FileCheck %s --check-prefix=CALL
// CALL: output0 float32 (2, 2) 1.0 2.0 3.0 4.0
// CALL: output1 float32 (2, 2) 2.0 4.0 6.0 8.0
func.func private @identity(%x: !m) -> !m {
  return %x : !m
}
func.func @call(%x: !m) -> (!m, !m) {
  %0 = call @identity(%x) : (!m) -> !m
  %1 = arith.addf %0, %x : !m
  return %0, %1 : !m, !m
}
