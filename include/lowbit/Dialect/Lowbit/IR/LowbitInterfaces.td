//===- LowbitInterfaces.td - Interfaces of the parts -------*- tablegen -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_IR_LOWBITINTERFACES_TD
#define LOWBIT_DIALECT_LOWBIT_IR_LOWBITINTERFACES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"

def Lowbit_CodecInterface : AttrInterface<"CodecAttrInterface"> {
  let cppNamespace = "::lowbit";
  let description = [{
    What one code means. The arithmetic is `numerics::Codec`; the attribute
    names one.
  }];
  let methods = [
    InterfaceMethod<"The codec that does the arithmetic.",
      "::lowbit::numerics::CodecRef", "getCodec">,
  ];
}

def Lowbit_SparsityInterface : AttrInterface<"SparsityAttrInterface"> {
  let cppNamespace = "::lowbit";
  let description = [{
    Which values of the tensor are kept. The arithmetic is that of
    `numerics::Sparsity`; the attribute names one.
  }];
  let methods = [
    InterfaceMethod<"As numerics takes it.",
      "::lowbit::numerics::Sparsity", "getSparsity">,
    InterfaceMethod<[{
      The shape of the codes that are stored for a tensor of `shape`, before the
      layout packs them. Dynamic sizes stay dynamic.
    }], "::llvm::SmallVector<int64_t>", "getStoredShape",
      (ins "::llvm::ArrayRef<int64_t>":$shape)>,
  ];
}

def Lowbit_LayoutInterface : AttrInterface<"LayoutAttrInterface"> {
  let cppNamespace = "::lowbit";
  let description = [{
    Where each code's bits, each scale and each zero point lie. A layout never
    changes a value. Shapes are those of the stored tensors.
  }];
  let methods = [
    InterfaceMethod<[{
      Whether a tensor of `rank` dimensions with this scale can be laid out so.
      Emits the reason if not.
    }], "::llvm::LogicalResult", "verifyLayout",
      (ins "const ::lowbit::ScaleAttr &":$scale, "unsigned":$bits, "int64_t":$rank,
           "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError)>,
    InterfaceMethod<[{
      Shape, in bytes, of the stored codes of a tensor of `shape` whose codes
      have `bits` bits.
    }], "::llvm::SmallVector<int64_t>", "getCodesShape",
      (ins "::llvm::ArrayRef<int64_t>":$shape, "const ::lowbit::ScaleAttr &":$scale,
           "unsigned":$bits)>,
    InterfaceMethod<[{ Shape of the stored scales. }],
      "::llvm::SmallVector<int64_t>", "getScalesShape",
      (ins "::llvm::ArrayRef<int64_t>":$shape, "const ::lowbit::ScaleAttr &":$scale)>,
    InterfaceMethod<[{ Shape, in bytes, of the stored zero points. }],
      "::llvm::SmallVector<int64_t>", "getZeroPointsShape",
      (ins "::llvm::ArrayRef<int64_t>":$shape, "const ::lowbit::ScaleAttr &":$scale)>,
  ];
}

#endif // LOWBIT_DIALECT_LOWBIT_IR_LOWBITINTERFACES_TD
