//===- LowbitAttributes.td - Encoding and its parts --------*- tablegen -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_IR_LOWBITATTRIBUTES_TD
#define LOWBIT_DIALECT_LOWBIT_IR_LOWBITATTRIBUTES_TD

include "lowbit/Dialect/Lowbit/IR/LowbitDialect.td"
include "lowbit/Dialect/Lowbit/IR/LowbitEnums.td"
include "lowbit/Dialect/Lowbit/IR/LowbitInterfaces.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/TensorEncoding.td"

class Lowbit_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Lowbit_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

//===----------------------------------------------------------------------===//
// Codecs
//===----------------------------------------------------------------------===//

def Lowbit_AffineAttr : Lowbit_Attr<"Affine", "affine",
    [DeclareAttrInterfaceMethods<Lowbit_CodecInterface>]> {
  let summary = "The code is the value";
  let description = [{
    `#lowbit.affine<i4>`: codes are two's complement integers of 4 bits, -8..7;
    `#lowbit.affine<u4>`: unsigned integers, 0..15. Any width from 1 to 8 bits.
  }];
  let parameters = (ins "unsigned":$bits, "bool":$isSigned);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Lowbit_CodebookAttr : Lowbit_Attr<"Codebook", "codebook",
    [DeclareAttrInterfaceMethods<Lowbit_CodecInterface>]> {
  let summary = "The code is an index into a table";
  let description = [{
    `#lowbit.codebook<nf4>`: the 16 levels of NF4 (QLoRA, Dettmers et al. 2023),
    quantiles of the normal distribution scaled to -1..1, with an exact zero.
  }];
  let parameters = (ins EnumParameter<Lowbit_Codebook>:$kind);
  let assemblyFormat = "`<` $kind `>`";
}

//===----------------------------------------------------------------------===//
// Scale
//===----------------------------------------------------------------------===//

def Lowbit_ScaleAttr : Lowbit_Attr<"Scale", "scale"> {
  let summary = "Granularity and type of scale and zero point";
  let description = [{
    `f16 per group<128> along 0, zero_point = u4`: 128 consecutive elements
    along axis 0 share one f16 scale and one zero point of 4 bits; the last
    group may be short. Also `f32 per tensor`, `f32 per axis<1>` (one scale for
    each index of axis 1) and `f32 per axis<0, 1>`.
  }];
  // `axes` holds the axes of `axis<...>` in ascending order, or the one axis
  // that groups run along. `zeroPointBits` is 0 where there is no zero point.
  let parameters = (ins
    "::mlir::FloatType":$type,
    EnumParameter<Lowbit_GranularityKind>:$granularity,
    ArrayRefParameter<"int64_t">:$axes,
    "int64_t":$group,
    "unsigned":$zeroPointBits,
    "bool":$zeroPointSigned
  );
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    bool hasZeroPoint() const { return getZeroPointBits() != 0; }

    /// One entry per dimension: how many consecutive elements share a scale,
    /// 0 for the whole axis (the granularity of `numerics`).
    ::llvm::SmallVector<int64_t> getBlockShape(int64_t rank) const;

    /// The logical shape of scales and zero points for a tensor of `shape`:
    /// the number of blocks along each axis that is not taken whole.
    ::llvm::SmallVector<int64_t>
    getBlockCounts(::llvm::ArrayRef<int64_t> shape) const;

    /// Parse and print without the surrounding `<` `>`, as inside an encoding.
    static ::mlir::FailureOr<ScaleAttr> parseBody(::mlir::AsmParser &parser);
    void printBody(::mlir::AsmPrinter &printer) const;
  }];
}

//===----------------------------------------------------------------------===//
// Sparsity
//===----------------------------------------------------------------------===//

def Lowbit_DenseAttr : Lowbit_Attr<"Dense", "dense",
    [DeclareAttrInterfaceMethods<Lowbit_SparsityInterface>]> {
  let summary = "Every value is kept";
}

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

def Lowbit_RowsAttr : Lowbit_Attr<"Rows", "rows",
    [DeclareAttrInterfaceMethods<Lowbit_LayoutInterface>]> {
  let summary = "Plain rows, first code in the lowest bits";
  let description = [{
    Codes in row-major order. Codes of fewer than 8 bits are packed along the
    last axis, the first in the lowest bits of a byte; each row starts at a
    whole byte. Zero points are stored likewise. The layout for exchange.
  }];
}

def Lowbit_PanelsAttr : Lowbit_Attr<"Panels", "panels",
    [DeclareAttrInterfaceMethods<Lowbit_LayoutInterface>]> {
  let summary = "Panels of columns for matrix kernels on CPUs";
  let description = [{
    For a matrix whose axis `reduction` is summed over. `columns` neighbouring
    indices of the other axis form a panel. Within a panel each scale group
    along the reduction is padded to a multiple of `step`, and a *tile* holds
    `step` consecutive reduction indices of every column, column by column
    (`step = 4` feeds four-byte dot products). The codes of a tile are packed
    in split parts: with b bits and n codes, byte j holds code j in its lowest
    b bits, code j + n*b/8 in the next, and so on. Codes have shape
    [panels, tiles, bytes of a tile], scales [panels, groups, columns] and zero
    points [panels, groups, columns], one byte each. Padding is zero.

    ```mlir
    #lowbit.panels<columns = 32, step = 4, reduction = 0>
    ```
  }];
  let parameters = (ins "int64_t":$columns, "int64_t":$step,
                        "int64_t":$reduction);
  let assemblyFormat = [{
    `<` `columns` `=` $columns `,` `step` `=` $step `,`
        `reduction` `=` $reduction `>`
  }];
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Encoding
//===----------------------------------------------------------------------===//

def Lowbit_EncodingAttr : Lowbit_Attr<"Encoding", "encoding",
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "How the real numbers of a tensor are stored";
  let description = [{
    `#lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>`. After the
    scale come, where wanted and in any order, `zero_point`, `sparsity` and
    `layout`; the last two are printed unless they are `#lowbit.dense` and
    `#lowbit.rows`.

    On a tensor type the encoding checks rank, axes and element type. It cannot
    check the tensor's sizes: group<128> along an axis of 48 is one short group.
    That a slice of 48 rows out of 4096 is something else is a matter of the
    slicing op, which `lowbit-verify-encoded` refuses.
  }];
  let parameters = (ins
    "::lowbit::CodecAttrInterface":$codec,
    "::lowbit::ScaleAttr":$scale,
    "::lowbit::SparsityAttrInterface":$sparsity,
    "::lowbit::LayoutAttrInterface":$layout
  );
  let builders = [
    AttrBuilderWithInferredContext<(ins "::lowbit::CodecAttrInterface":$codec,
                                        "::lowbit::ScaleAttr":$scale)>,
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    unsigned getBits() const;

    /// The kinds of the stored tensors, in the order of the operands of
    /// `lowbit.assemble`: codes, scales, zero points if there are any.
    ::llvm::SmallVector<PartKind> getPartKinds() const;

    /// The types of the stored tensors of a tensor of `shape`, in that order.
    ::llvm::SmallVector<::mlir::RankedTensorType>
    getPartTypes(::llvm::ArrayRef<int64_t> shape) const;

    /// Codec, granularity and scale type as `numerics` takes them, for a tensor
    /// of `rank` dimensions. Sparsity and layout are not part of it.
    ::lowbit::numerics::Format getFormat(int64_t rank) const;

    /// The range kind that an encode without one uses.
    RangeKind getDefaultRange() const;

    /// This encoding with the codes, scales and zero points laid out otherwise.
    EncodingAttr withLayout(LayoutAttrInterface layout) const;
  }];
}

#endif // LOWBIT_DIALECT_LOWBIT_IR_LOWBITATTRIBUTES_TD
