// REQUIRES: python-numpy
// RUN: %python %S/Inputs/compare.py %s %t

// Encoding at run time: codes, scales and zero points are the same bytes in
// vector loops and in scalar ones, and so is what they decode to.

#row = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#all = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per tensor, zero_point = u8>
#w4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<16> along 0, zero_point = u4>
#nf4 = #lowbit.encoding<#lowbit.codebook<nf4>, scale = bf16 per axis<1>>

func.func @main(%x: tensor<?x?xf32> {lowbit.name = "x"})
    -> (tensor<?x?xi8> {lowbit.name = "row_codes"}, tensor<?xf32> {lowbit.name = "row_scales"},
        tensor<?x?xi8> {lowbit.name = "all_codes"}, tensor<f32> {lowbit.name = "all_scale"}, tensor<i8> {lowbit.name = "all_zero_point"},
        tensor<?x?xi8> {lowbit.name = "w4_codes"}, tensor<?x?xf16> {lowbit.name = "w4_scales"}, tensor<?x?xi8> {lowbit.name = "w4_zero_points"},
        tensor<?x?xf32> {lowbit.name = "decoded"}, tensor<?x?xf32> {lowbit.name = "levels"}) {
  %a = lowbit.encode %x : tensor<?x?xf32> to tensor<?x?xf32, #row>
  %ac, %as = lowbit.disassemble %a : tensor<?x?xf32, #row> to tensor<?x?xi8>, tensor<?xf32>
  %t = lowbit.encode %x : tensor<?x?xf32> to tensor<?x?xf32, #all>
  %tc, %ts, %tz = lowbit.disassemble %t : tensor<?x?xf32, #all> to tensor<?x?xi8>, tensor<f32>, tensor<i8>
  %w = lowbit.encode %x : tensor<?x?xf32> to tensor<?x?xf32, #w4>
  %wc, %ws, %wz = lowbit.disassemble %w : tensor<?x?xf32, #w4> to tensor<?x?xi8>, tensor<?x?xf16>, tensor<?x?xi8>
  %d = lowbit.decode %w : tensor<?x?xf32, #w4> to tensor<?x?xf32>
  %n = lowbit.encode %x : tensor<?x?xf32> to tensor<?x?xf32, #nf4>
  %l = lowbit.decode %n : tensor<?x?xf32, #nf4> to tensor<?x?xf32>
  return %ac, %as, %tc, %ts, %tz, %wc, %ws, %wz, %d, %l : tensor<?x?xi8>, tensor<?xf32>, tensor<?x?xi8>, tensor<f32>, tensor<i8>, tensor<?x?xi8>, tensor<?x?xf16>, tensor<?x?xi8>, tensor<?x?xf32>, tensor<?x?xf32>
}
