// RUN: quant-opt %s --lowbit-strip-compile-times | FileCheck %s

// CHECK: gpu.binary @timed [#gpu.object<#nvvm.target, properties = {O = 3 : i32}, "code">]
gpu.binary @timed [#gpu.object<#nvvm.target, properties = {ISAToBinaryTimeInMs = 5 : i64, LLVMIRToISATimeInMs = 28 : i64, O = 3 : i32}, "code">]

// CHECK: gpu.binary @only_times [#gpu.object<#nvvm.target, "code">]
gpu.binary @only_times [#gpu.object<#nvvm.target, properties = {LLVMIRToISATimeInMs = 28 : i64}, "code">]

// CHECK: gpu.binary @none [#gpu.object<#nvvm.target, bin = "code">, #gpu.object<#nvvm.target<chip = "sm_90">, "more">]
gpu.binary @none [#gpu.object<#nvvm.target, bin = "code">, #gpu.object<#nvvm.target<chip = "sm_90">, "more">]
