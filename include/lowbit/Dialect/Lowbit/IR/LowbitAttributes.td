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
    `nf4_i8` is the same times 127, rounded to integers, `fp4` the values of
    E2M1 in ascending order, `fp4_bnb` the table of bitsandbytes with its codes,
    `binary` -1 and 1.

    `#lowbit.codebook<[-1.0, 0.0, 0.25, 1.0]>`: 2 to 256 levels in ascending
    order, codes counted from 0.
  }];
  // A name as a string, or the levels.
  let parameters = (ins "::mlir::Attribute":$book);
  let builders = [
    AttrBuilder<(ins "::lowbit::CodebookName":$name), [{
      return $_get($_ctxt, ::mlir::StringAttr::get(
          $_ctxt, ::lowbit::stringifyCodebookName(name)));
    }]>,
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Lowbit_MuLawAttr : Lowbit_Attr<"MuLaw", "mulaw",
    [DeclareAttrInterfaceMethods<Lowbit_CodecInterface>]> {
  let summary = "Levels at equal steps of the mu-law curve";
  let description = [{
    `#lowbit.mulaw<8, 255.0>`: codes of 8 bits, mu = 255. Values are compressed
    by the continuous curve of ITU-T G.711, quantized uniformly, and expanded.
  }];
  let parameters = (ins "unsigned":$bits, "::mlir::FloatAttr":$mu);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Lowbit_ALawAttr : Lowbit_Attr<"ALaw", "alaw",
    [DeclareAttrInterfaceMethods<Lowbit_CodecInterface>]> {
  let summary = "Levels at equal steps of the A-law curve";
  let description = [{
    `#lowbit.alaw<8, 87.6>`: codes of 8 bits, A = 87.6; see `#lowbit.mulaw`.
  }];
  let parameters = (ins "unsigned":$bits, "::mlir::FloatAttr":$a);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Lowbit_LogAttr : Lowbit_Attr<"Log", "log",
    [DeclareAttrInterfaceMethods<Lowbit_CodecInterface>]> {
  let summary = "Levels at powers of a root of two";
  let description = [{
    `#lowbit.log<4, 1>`: codes of 4 bits for 0 and the powers of two from 1 to
    2^-6, of both signs; `#lowbit.log<4, 2>`: powers of the square root of two.
  }];
  let parameters = (ins "unsigned":$bits, "unsigned":$steps);
  let assemblyFormat = "`<` $bits `,` $steps `>`";
  let genVerifyDecl = 1;
}

def Lowbit_FloatCodecAttr : Lowbit_Attr<"FloatCodec", "float",
    [DeclareAttrInterfaceMethods<Lowbit_CodecInterface>]> {
  let summary = "The code is the bit pattern of a small float";
  let description = [{
    `#lowbit.float<f8E4M3FN>`; also `f8E5M2`, `f6E2M3FN`, `f6E3M2FN`,
    `f4E2M1FN`, `f16` and `bf16`, whose codes take two bytes, and `f32`, whose
    codes take four: numbers as they are, in a layout.
  }];
  let parameters = (ins EnumParameter<Lowbit_FloatKind>:$kind);
  let assemblyFormat = "`<` $kind `>`";
}

def Lowbit_KMeansAttr : Lowbit_Attr<"KMeans", "kmeans",
    [DeclareAttrInterfaceMethods<Lowbit_CodecInterface>]> {
  let summary = "The code is an index into a table that was learned";
  let description = [{
    `#lowbit.kmeans<16, f16 per axis<1>>`: 16 levels for each index of axis 1,
    learned from the values and stored with the tensor, in the part `codebook`
    and in f32, f16 or bf16. Which elements share a book is said as it is of
    scales. Books are learned at compile time, by method `kmeans`.
  }];
  let parameters = (ins "int64_t":$levels, "::lowbit::ScaleAttr":$books);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The shape of the stored books of a tensor of `shape`: that of the blocks
    /// with a book of their own, and the levels.
    ::llvm::SmallVector<int64_t>
    getBooksShape(::llvm::ArrayRef<int64_t> shape) const;
  }];
}

//===----------------------------------------------------------------------===//
// Scale
//===----------------------------------------------------------------------===//

def Lowbit_ScaleAttr : Lowbit_Attr<"Scale", "scale"> {
  let summary = "Granularity and type of scale, zero point and offset";
  let description = [{
    `f16 per group<128> along 0, zero_point = u4`: 128 consecutive elements
    along axis 0 share one f16 scale and one zero point of 4 bits; the last
    group may be short. Also `f32 per tensor`, `f32 per axis<1>` (one scale for
    each index of axis 1), `f32 per axis<0, 1>` and `f32 per block<[128, 64]>`,
    with `*` in place of a size for a whole axis.

    Scales of one byte are `f8E4M3FN`, `f8E8M0FNU` and `u8`.
    `u8 per group<64> along 0, nested_scale = f32 per 256` multiplies each 256
    consecutive scales, row-major in their shape, by an f32 scale of their own;
    `nested_scale = f32 per tensor` multiplies all by one. `offset = f16` stores
    an f16 number beside each scale that is added to the product.

    `none` stores no scale: it is 1.
  }];
  // `axes` holds the axes of `axis<...>` in ascending order, or the one axis
  // that groups run along; `block` the sizes of `block<[...]>`, 0 for `*`.
  // `type` is ui8 for `u8` and none for `none`. `zeroPointBits` is 0 and
  // `nestedType` and `offsetType` are null where there is no such part;
  // `nestedBlock` is 0 where all scales share one.
  let parameters = (ins
    "::mlir::Type":$type,
    EnumParameter<Lowbit_GranularityKind>:$granularity,
    ArrayRefParameter<"int64_t">:$axes,
    "int64_t":$group,
    ArrayRefParameter<"int64_t">:$block,
    "unsigned":$zeroPointBits,
    "bool":$zeroPointSigned,
    "::mlir::FloatType":$nestedType,
    "int64_t":$nestedBlock,
    "::mlir::FloatType":$offsetType
  );
  let builders = [
    AttrBuilder<(ins "const ::lowbit::ScaleFields &":$fields), [{
      return $_get($_ctxt, fields.type, fields.granularity, fields.axes,
                   fields.group, fields.block, fields.zeroPointBits,
                   fields.zeroPointSigned, fields.nestedType,
                   fields.nestedBlock, fields.offsetType);
    }]>,
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    ::lowbit::ScaleFields getFields() const;

    /// Whether scales are stored at all.
    bool isStored() const { return !::llvm::isa<::mlir::NoneType>(getType()); }
    bool hasZeroPoint() const { return getZeroPointBits() != 0; }
    bool hasOffset() const { return getOffsetType() != nullptr; }
    bool isNested() const { return getNestedType() != nullptr; }
    /// Whether scales are stored as floats that arith computes with, each the
    /// whole scale of its block.
    bool isPlain() const;

    /// The type as `numerics` names it.
    ::lowbit::numerics::ScaleType getNumericType() const;
    /// Of the tensor that stores the scales: scales of one byte are bytes.
    ::mlir::Type getStoredType() const;

    /// One entry per dimension: how many consecutive elements share a scale,
    /// 0 for the whole axis (the granularity of `numerics`).
    ::llvm::SmallVector<int64_t> getBlockShape(int64_t rank) const;

    /// The logical shape of scales, zero points and offsets for a tensor of
    /// `shape`: the number of blocks along each axis that is not taken whole.
    ::llvm::SmallVector<int64_t>
    getBlockCounts(::llvm::ArrayRef<int64_t> shape) const;

    /// The shape of the nested scales, if there are any.
    ::llvm::SmallVector<int64_t>
    getNestedShape(::llvm::ArrayRef<int64_t> shape) const;

    /// Print without the surrounding `<` `>`, as inside an encoding.
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

def Lowbit_NMAttr : Lowbit_Attr<"NM", "nm",
    [DeclareAttrInterfaceMethods<Lowbit_SparsityInterface>]> {
  let summary = "n of each m consecutive values along an axis are kept";
  let description = [{
    `#lowbit.nm<2:4 along 0>`: of each 4 consecutive values along axis 0 two are
    kept, and the others are 0. Codes are those of the kept values, and the part
    `positions` says where in their run they stand.
  }];
  let parameters = (ins "int64_t":$keep, "int64_t":$run, "int64_t":$axis);
  let assemblyFormat = "`<` $keep `` `:` `` $run `along` $axis `>`";
  let genVerifyDecl = 1;
}

def Lowbit_BitmapAttr : Lowbit_Attr<"Bitmap", "bitmap",
    [DeclareAttrInterfaceMethods<Lowbit_SparsityInterface>]> {
  let summary = "Any values are kept, a number that is known";
  let description = [{
    `#lowbit.bitmap<kept = 4096>`: 4096 values are kept, and the others are 0.
    Codes are those of the kept values in row-major order, as one row, and the
    part `bitmap` has a bit for each value of the tensor.
  }];
  let parameters = (ins "int64_t":$kept);
  let assemblyFormat = "`<` `kept` `=` $kept `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

def Lowbit_RowsAttr : Lowbit_Attr<"Rows", "rows",
    [DeclareAttrInterfaceMethods<Lowbit_LayoutInterface>]> {
  let summary = "Plain rows, first code in the lowest bits";
  let description = [{
    Codes in row-major order. Codes of fewer than 8 bits are packed, the first
    in the lowest bits of a byte; each row starts at a whole byte. A row is the
    last axis of a matrix, and of a tensor of higher rank all that lies behind
    the first axis. Zero points are stored likewise. The layout for exchange.

    `#lowbit.rows<high_first>` has the first code in the highest bits, as
    bitsandbytes stores them; `#lowbit.rows<split<32>>` blocks of 32 codes, the
    first of which lie in the lowest bits of a block's bytes and the others
    above, as ggml does. That is said of the codes alone: zero points, positions
    and bitmaps are as in plain rows.
  }];
  // `block` is 0 unless the order is `split`.
  let parameters = (ins EnumParameter<Lowbit_BitOrderKind>:$order,
                        "int64_t":$block);
  let builders = [
    AttrBuilder<(ins), [{
      return $_get($_ctxt, ::lowbit::BitOrderKind::LowFirst, 0);
    }]>,
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The first code lies in the lowest bits.
    bool isPlain() const { return getOrder() == BitOrderKind::LowFirst; }
    /// Whether integers of `bits` bits and this shape are stored as a matrix of
    /// packed rows, each of which is all behind the first axis; otherwise they
    /// are packed along the last axis, which is known to fill whole bytes (and
    /// whole blocks) wherever a row has more axes than that.
    bool joinsAxes(::llvm::ArrayRef<int64_t> shape, unsigned bits) const;
    /// As numerics takes it.
    ::lowbit::numerics::BitOrder getBitOrder() const;
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
    b bits, code j + n*b/8 in the next, and so on; codes of 3, 5, 6 and 7 bits
    as their lowest 4 or 2 bits, and behind these the others. Codes have shape
    [panels, tiles, bytes of a tile], scales [panels, groups, columns] and zero
    points [panels, groups, columns], one byte each. Padding is zero. Nested
    scales are as in rows.

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
  let extraClassDeclaration = [{
    /// Why a tensor of `rank` dimensions with this scale cannot be laid out so;
    /// "" if it can.
    std::string getMisfit(const ScaleAttr &scale, int64_t rank) const;
  }];
}

//===----------------------------------------------------------------------===//
// Encoding
//===----------------------------------------------------------------------===//

def Lowbit_EncodingAttr : Lowbit_Attr<"Encoding", "encoding",
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "How the real numbers of a tensor are stored";
  let description = [{
    `#lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>`. After the
    codec come, where wanted and in any order, `scale`, `zero_point`,
    `nested_scale`, `offset`, `sparsity` and `layout`. Without `scale` none is
    stored; the last two are printed unless they are `#lowbit.dense` and
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

    /// The codec whose levels are stored with the tensor, or null.
    KMeansAttr getLearned() const {
      return ::llvm::dyn_cast<KMeansAttr>(getCodec());
    }

    /// The kinds of the stored tensors, in the order of the operands of
    /// `lowbit.assemble`: codes, and which of the others there are.
    ::llvm::SmallVector<PartKind> getPartKinds() const;

    /// The types of the stored tensors of a tensor of `shape`, in that order.
    ::llvm::SmallVector<::mlir::RankedTensorType>
    getPartTypes(::llvm::ArrayRef<int64_t> shape) const;

    /// The type of one of them.
    ::mlir::RankedTensorType
    getPartType(PartKind kind, ::llvm::ArrayRef<int64_t> shape) const;

    /// Codec, granularity and types as `numerics` takes them, for a tensor
    /// of `rank` dimensions. Sparsity and layout are not part of it.
    ::lowbit::numerics::Format getFormat(int64_t rank) const;

    /// The range kind that an encode without one uses.
    RangeKind getDefaultRange() const;

    /// This encoding with its parts laid out otherwise.
    EncodingAttr withLayout(LayoutAttrInterface layout) const;
  }];
}

//===----------------------------------------------------------------------===//
// Ranges of activations
//===----------------------------------------------------------------------===//

def Lowbit_ClipAttr : Lowbit_Attr<"Clip", "clip"> {
  let summary = "How the range of an activation follows from statistics";
  let description = [{
    `#lowbit.clip<minmax>`, `#lowbit.clip<percentile = 99.99 : f64>` or
    `#lowbit.clip<entropy>`, the value of `lowbit.activation_clip` on a layer:
    its activation is encoded with ranges known before the model runs. They are
    the extremes seen; what a percentage of all values lies within; or what
    loses least information (Migacz, GTC 2017).
  }];
  // 100 for the extremes; null for the rule of entropy.
  let parameters = (ins OptionalParameter<"::mlir::FloatAttr">:$percent);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    bool isEntropy() const { return !getPercent(); }
    bool isMinMax() const {
      return getPercent() && getPercent().getValueAsDouble() == 100;
    }
  }];
}

//===----------------------------------------------------------------------===//
// Scaling of inputs
//===----------------------------------------------------------------------===//

def Lowbit_AwqAttr : Lowbit_Attr<"Awq", "awq"> {
  let summary = "Inputs are scaled by AWQ";
  let description = [{
    `#lowbit.awq<steps = 20>`, the value of `lowbit.scale_inputs` on a layer:
    each input channel is divided by a power of its mean magnitude, and its
    weights multiplied. Of `steps` exponents from 0 to 1 the one of least output
    error is taken (Lin et al., 2023).
  }];
  let parameters = (ins "int64_t":$steps);
  let assemblyFormat = "`<` `steps` `=` $steps `>`";
  let genVerifyDecl = 1;
}

def Lowbit_SmoothQuantAttr : Lowbit_Attr<"SmoothQuant", "smoothquant"> {
  let summary = "Inputs are scaled by SmoothQuant";
  let description = [{
    `#lowbit.smoothquant<alpha = 0.5 : f64>`, the value of `lowbit.scale_inputs`
    on a layer: each input channel is divided by
    `max|x|^alpha / max|w|^(1 - alpha)`, and its weights multiplied (Xiao et al.,
    2022).
  }];
  let parameters = (ins "::mlir::FloatAttr":$alpha);
  let assemblyFormat = "`<` `alpha` `=` $alpha `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Method
//===----------------------------------------------------------------------===//

def Lowbit_MethodAttr : Lowbit_Attr<"Method", "method"> {
  let summary = "The algorithm that finds the codes of a weight";
  let description = [{
    `#lowbit.method<gptq, damping = 0.02, activation_order = true>`: the name of
    an algorithm and the options that are not the default. They are those of
    `numerics::Method`; docs/recipes.md lists them.
  }];
  // Values of options: f64 numbers, booleans and strings.
  let parameters = (ins StringRefParameter<>:$name,
                        "::mlir::DictionaryAttr":$options);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// As numerics takes it.
    ::lowbit::numerics::Method getMethod() const;
  }];
}

#endif // LOWBIT_DIALECT_LOWBIT_IR_LOWBITATTRIBUTES_TD
