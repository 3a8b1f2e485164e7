//===- VerifyPasses.td - Passes that check and change nothing -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_VERIFYPASSES_TD
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_VERIFYPASSES_TD

include "mlir/Pass/PassBase.td"

def VerifyEncodedPass : Pass<"lowbit-verify-encoded", "::mlir::ModuleOp"> {
  let summary = "Check that encoded tensors stand only where they may";
  let description = [{
    MLIR's own passes lose or change an encoding without a word. So an encoded
    tensor is made by encode and assemble alone, and used as an input of a linalg
    op, by `tensor.extract`, `tensor.dim`, decode and disassemble; functions,
    calls, `scf.if`, `scf.for`, `scf.while`, `scf.index_switch`, `cf.br`,
    `cf.cond_br` and `arith.select` hand it on. Anything else is an error that
    says what to do instead (docs/spec.md, section 3). All errors are reported in
    one run; nothing is changed.

    ```mlir
    %0 = tensor.extract_slice %we[48, 0] [48, 64] [1, 1]
        : tensor<384x64xf32, #w4> to tensor<48x64xf32, #w4>
    // error: 'tensor.extract_slice' op slices or joins an encoded tensor, whose
    // groups count from its own first element; tile before lowbit.encode, or
    // slice and join the parts (lowbit.disassemble, lowbit.assemble)
    ```
  }];
}

def VerifyPartsPass : Pass<"lowbit-verify-parts", "::mlir::ModuleOp"> {
  let summary = "Check that no encoded tensor reaches bufferization";
  let description = [{
    After `lowbit-to-parts` and `lowbit-globals-to-arguments` no type may carry
    an encoding, wherever it stands, and no operation on encoded tensors and no
    ml_program global may be left: bufferization would read codes as floats. Stands
    first in every pipeline that bufferizes. Each error names the pass to run;
    nothing is changed.

    ```mlir
    func.func @f(%e: tensor<8xf32, #e>) {
    // error: 'func.func' op has an encoded type in attribute 'function_type';
    // run lowbit-to-parts
    ```
  }];
}

def VerifyStoredPartsPass
    : Pass<"lowbit-verify-stored-parts", "::mlir::ModuleOp"> {
  let summary = "Check the numbers among stored parts";
  let description = [{
    Scales, nested scales, offsets and learned levels that a `lowbit.assemble`
    takes from constants, or from the file `weights`, may not be NaN or infinite,
    and no scale may be 0: what such a block decodes to has nothing to do with the
    weight. Stands first in every pipeline that lowers, and first in `quant-run`.
    Each error names the tensor and the place; nothing is changed.

    ```mlir
    %s = arith.constant dense<[1.0, 0.0]> : tensor<2xf32>
    %e = lowbit.assemble %c, %s : tensor<2x4xi8>, tensor<2xf32> to tensor<2x4xf32, #e>
    // error: the constant for part 'scales' holds 0 at [1], and no scale is 0: ...
    ```
  }];
  let options = [
    Option<"weights", "weights", "std::string", "\"\"",
           "The safetensors file, or index of a sharded set, with the module's "
           "weights; without it only constants are checked">,
  ];
}

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_VERIFYPASSES_TD
