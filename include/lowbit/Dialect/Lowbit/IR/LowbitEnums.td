//===- LowbitEnums.td - Enumerations of the lowbit dialect -*- tablegen -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_IR_LOWBITENUMS_TD
#define LOWBIT_DIALECT_LOWBIT_IR_LOWBITENUMS_TD

include "mlir/IR/EnumAttr.td"

def Lowbit_RangeKind : I32EnumAttr<"RangeKind",
    "how an encode turns the values of a block into its scale", [
      I32EnumAttrCase<"AbsMax", 0, "absmax">,
      I32EnumAttrCase<"Full", 1, "full">,
      I32EnumAttrCase<"MinMax", 2, "minmax">,
      I32EnumAttrCase<"Mean", 3, "mean">,
      I32EnumAttrCase<"Exponent", 4, "exponent">,
    ]> {
  let cppNamespace = "::lowbit";
  let genSpecializedAttr = 0;
}

def Lowbit_GranularityKind : I32EnumAttr<"GranularityKind",
    "which elements share one scale", [
      I32EnumAttrCase<"Tensor", 0, "tensor">,
      I32EnumAttrCase<"Axis", 1, "axis">,
      I32EnumAttrCase<"Group", 2, "group">,
      I32EnumAttrCase<"Block", 3, "block">,
    ]> {
  let cppNamespace = "::lowbit";
  let genSpecializedAttr = 0;
}

def Lowbit_BitOrderKind : I32EnumAttr<"BitOrderKind",
    "in which order the bits of codes lie in a row", [
      I32EnumAttrCase<"LowFirst", 0, "low_first">,
      I32EnumAttrCase<"HighFirst", 1, "high_first">,
      I32EnumAttrCase<"Split", 2, "split">,
    ]> {
  let cppNamespace = "::lowbit";
  let genSpecializedAttr = 0;
}

// The names are those of `numerics::getNamedCodec`.
def Lowbit_CodebookName : I32EnumAttr<"CodebookName",
    "a codebook known by name", [
      I32EnumAttrCase<"NF4", 0, "nf4">,
      I32EnumAttrCase<"FP4", 1, "fp4">,
      I32EnumAttrCase<"BnbFP4", 2, "fp4_bnb">,
      I32EnumAttrCase<"Binary", 3, "binary">,
      I32EnumAttrCase<"NF4I8", 4, "nf4_i8">,
    ]> {
  let cppNamespace = "::lowbit";
  let genSpecializedAttr = 0;
}

// The names are those of `numerics::getNamedCodec`.
def Lowbit_FloatKind : I32EnumAttr<"FloatKind",
    "a type of floating-point numbers", [
      I32EnumAttrCase<"F8E4M3FN", 0, "f8E4M3FN">,
      I32EnumAttrCase<"F8E5M2", 1, "f8E5M2">,
      I32EnumAttrCase<"F6E2M3FN", 2, "f6E2M3FN">,
      I32EnumAttrCase<"F6E3M2FN", 3, "f6E3M2FN">,
      I32EnumAttrCase<"F4E2M1FN", 4, "f4E2M1FN">,
      I32EnumAttrCase<"F16", 5, "f16">,
      I32EnumAttrCase<"BF16", 6, "bf16">,
      I32EnumAttrCase<"F32", 7, "f32">,
    ]> {
  let cppNamespace = "::lowbit";
  let genSpecializedAttr = 0;
}

#endif // LOWBIT_DIALECT_LOWBIT_IR_LOWBITENUMS_TD
