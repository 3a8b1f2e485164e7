// REQUIRES: python-numpy
// RUN: %python %S/Inputs/codes.py %s %t

// Codes are those of a division by the scale, to the bit: of quotients halfway
// between two codes and the few numbers next to them, infinities, NaN, and scales so
// small that quotients lose bits.

#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#u8 = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<0>, zero_point = u8>

func.func @main(%x: tensor<?x?xf32> {lowbit.name = "x"}, %low: tensor<?xf32> {lowbit.name = "low"}, %high: tensor<?xf32> {lowbit.name = "high"})
    -> (tensor<?x?xi8> {lowbit.name = "codes"}, tensor<?xf32> {lowbit.name = "scales"},
        tensor<?x?xi8> {lowbit.name = "u_codes"}, tensor<?xf32> {lowbit.name = "u_scales"}, tensor<?xi8> {lowbit.name = "zero_points"}) {
  %a = lowbit.encode %x range(absmax) ranges(%low, %high : tensor<?xf32>, tensor<?xf32>) : tensor<?x?xf32> to tensor<?x?xf32, #i8>
  %ac, %as = lowbit.disassemble %a : tensor<?x?xf32, #i8> to tensor<?x?xi8>, tensor<?xf32>
  %u = lowbit.encode %x range(minmax) ranges(%low, %high : tensor<?xf32>, tensor<?xf32>) : tensor<?x?xf32> to tensor<?x?xf32, #u8>
  %uc, %us, %uz = lowbit.disassemble %u : tensor<?x?xf32, #u8> to tensor<?x?xi8>, tensor<?xf32>, tensor<?xi8>
  return %ac, %as, %uc, %us, %uz : tensor<?x?xi8>, tensor<?xf32>, tensor<?x?xi8>, tensor<?xf32>, tensor<?xi8>
}
