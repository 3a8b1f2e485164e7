// REQUIRES: python-numpy
// RUN: %python %S/../../tools/quant-run/Inputs/tensors.py %t.x.npy x=f32:37x301:range
// RUN: quant-run %s --input %t.x.npy --lowering=decode --output %t.expected.npz
// RUN: quant-run %s --input %t.x.npy --compare %t.expected.npz --tolerance=0
// RUN: quant-run %s --input %t.x.npy --threads=2 --compare %t.expected.npz --tolerance=0
// RUN: quant-run %s --input %t.x.npy --isa=sse2 --threads=2 --compare %t.expected.npz --tolerance=0

// Known sizes that no vector divides: the same bytes on any number of threads.

#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#u8 = #lowbit.encoding<#lowbit.affine<u8>, scale = f16 per axis<0>, zero_point = u8>

func.func @main(%x: tensor<37x301xf32> {lowbit.name = "x"})
    -> (tensor<37x301xi8> {lowbit.name = "codes"}, tensor<37xf32> {lowbit.name = "scales"},
        tensor<37x301xi8> {lowbit.name = "u_codes"}, tensor<37xf16> {lowbit.name = "u_scales"},
        tensor<37xi8> {lowbit.name = "zero_points"}) {
  %a = lowbit.encode %x : tensor<37x301xf32> to tensor<37x301xf32, #i8>
  %ac, %as = lowbit.disassemble %a : tensor<37x301xf32, #i8> to tensor<37x301xi8>, tensor<37xf32>
  %u = lowbit.encode %x : tensor<37x301xf32> to tensor<37x301xf32, #u8>
  %uc, %us, %uz = lowbit.disassemble %u : tensor<37x301xf32, #u8> to tensor<37x301xi8>, tensor<37xf16>, tensor<37xi8>
  return %ac, %as, %uc, %us, %uz : tensor<37x301xi8>, tensor<37xf32>, tensor<37x301xi8>, tensor<37xf16>, tensor<37xi8>
}
