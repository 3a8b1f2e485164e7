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
    ]> {
  let cppNamespace = "::lowbit";
  let genSpecializedAttr = 0;
}

def Lowbit_GranularityKind : I32EnumAttr<"GranularityKind",
    "which elements share one scale", [
      I32EnumAttrCase<"Tensor", 0, "tensor">,
      I32EnumAttrCase<"Axis", 1, "axis">,
      I32EnumAttrCase<"Group", 2, "group">,
    ]> {
  let cppNamespace = "::lowbit";
  let genSpecializedAttr = 0;
}

def Lowbit_Codebook : I32EnumAttr<"CodebookKind",
    "a codebook known by name", [
      I32EnumAttrCase<"NF4", 0, "nf4">,
    ]> {
  let cppNamespace = "::lowbit";
  let genSpecializedAttr = 0;
}

#endif // LOWBIT_DIALECT_LOWBIT_IR_LOWBITENUMS_TD
