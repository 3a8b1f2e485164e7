// RUN: not quant-opt %s --convert-lowbit-to-nvvm=chip=sm_1 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not quant-opt %s --convert-lowbit-to-nvvm=element=f64 2>&1 | FileCheck %s --check-prefix=ELEMENT
// CHIP: error: {{.*}}sm_1
// ELEMENT: error: option 'element' is 'f64'; kernels compute on f16 or bf16
module {}
