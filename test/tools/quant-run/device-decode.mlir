// Few queries and many keys (C204), past keys and values (C205) and pages (C206)
// on the kernels of a GPU, run by the emulator: what the CPU computes.

// REQUIRES: python-numpy
// RUN: %python %S/Inputs/decode.py %t.npz
// RUN: quant-run %s --input %t.npz --output %t.cpu.npz
// RUN: quant-run %s --input %t.npz --device=emulator --attention-element=f16 --compare %t.cpu.npz --tolerance=0.004 2>&1 | FileCheck %s
// RUN: quant-opt %s --convert-lowbit-to-nvvm=element=f16 | FileCheck %s --check-prefix=CALLS

// CHECK-NOT: no NVVM kernel
// CHECK: grouped {{.*}}cosine {{1.000000|0.99999}}
// CHECK: lengths {{.*}}cosine {{1.000000|0.99999}}
// CHECK: past {{.*}}cosine {{1.000000|0.99999}}
// CHECK: present_key {{.*}}SQNR inf
// CHECK: joined {{.*}}cosine {{1.000000|0.99999}}
// CHECK: codes {{.*}}cosine {{1.000000|0.99999}}
// CHECK: present_value {{.*}}SQNR inf
// CHECK: pages {{.*}}cosine {{1.000000|0.99999}}

!query = tensor<2x4x3x40xf32>
!key = tensor<2x2x3x40xf32>
!cache = tensor<2x2x?x40xf32>
!total = tensor<2x2x?x40xf32>
!lse = tensor<2x4x3xf32>
#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1, 2>>
!key8 = tensor<2x2x3x40xf32, #i8>
!cache8 = tensor<2x2x?x40xf32, #i8>

// CALLS-LABEL: func.func @main
// CALLS: lowbit.call_kernel @lowbit_attention_f16_d40_log_sum_exp_grouped_packed_heads_split_keys_sm_80_launch
// CALLS: lowbit.call_kernel @lowbit_attention_f16_d40_causal_grouped_key_lengths_packed_heads_split_keys_sm_80_launch
// CALLS: lowbit.call_kernel @lowbit_attention_f16_d40_causal_grouped_packed_heads_split_keys_sm_80_launch
func.func @main(%q: !query {lowbit.name = "q"}, %k: !key {lowbit.name = "k"}, %v: !key {lowbit.name = "v"},
                %pk: !cache {lowbit.name = "pk"}, %pv: !cache {lowbit.name = "pv"},
                %q3: tensor<2x3x160xf32> {lowbit.name = "q3"}, %k3: tensor<2x3x80xf32> {lowbit.name = "k3"},
                %n: tensor<2xi64> {lowbit.name = "n"}, %pool: tensor<?x2x16x40xf32> {lowbit.name = "pool"},
                %table: tensor<2x?xi64> {lowbit.name = "table"}, %few: tensor<2xi32> {lowbit.name = "few"})
    -> (!query {lowbit.name = "grouped"}, !lse {lowbit.name = "lse"}, !query {lowbit.name = "lengths"},
        !query {lowbit.name = "past"}, !total {lowbit.name = "present_key"},
        tensor<2x3x160xf32> {lowbit.name = "joined"},
        !query {lowbit.name = "codes"}, !total {lowbit.name = "present_value"},
        !query {lowbit.name = "pages"}) {
  %grouped, %lse = lowbit.attention %q, %pk, %pv scale = 0.158 : !query, !cache, !cache -> !query lse(!lse)
  %lengths = lowbit.attention %q, %pk, %pv scale = 0.158 causal kv_lengths(%n : tensor<2xi64>) : !query, !cache, !cache -> !query

  %past, %present, %other = lowbit.attention %q, %k, %v scale = 0.158 causal past(%pk, %pv : !cache, !cache)
    : !query, !key, !key -> !query present(!total, !total)
  %joined = lowbit.attention %q3, %k3, %k3 heads [4, 2] scale = 0.158 causal top_left past(%pk, %pv : !cache, !cache)
    : tensor<2x3x160xf32>, tensor<2x3x80xf32>, tensor<2x3x80xf32> -> tensor<2x3x160xf32>

  %k8 = lowbit.encode %k : !key to !key8
  %v8 = lowbit.encode %v : !key to !key8
  %pk8 = lowbit.encode %pk : !cache to !cache8
  %pv8 = lowbit.encode %pv : !cache to !cache8
  %codes, %another, %decoded = lowbit.attention %q, %k8, %v8 scale = 0.158 past(%pk8, %pv8 : !cache8, !cache8)
    : !query, !key8, !key8 -> !query present(!total, !total)

  %pages = lowbit.attention %q, %pool, %pool scale = 0.158 causal kv_lengths(%few : tensor<2xi32>) pages(%table : tensor<2x?xi64>)
    : !query, tensor<?x2x16x40xf32>, tensor<?x2x16x40xf32> -> !query
  return %grouped, %lse, %lengths, %past, %present, %joined, %codes, %decoded, %pages
    : !query, !lse, !query, !query, !total, tensor<2x3x160xf32>, !query, !total, !query
}
