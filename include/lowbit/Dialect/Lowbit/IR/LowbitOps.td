//===- LowbitOps.td - Operations of the lowbit dialect -----*- tablegen -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_IR_LOWBITOPS_TD
#define LOWBIT_DIALECT_LOWBIT_IR_LOWBITOPS_TD

include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Lowbit_Op<string opMnemonic, list<Trait> traits = []>
    : Op<Lowbit_Dialect, opMnemonic, traits>;

/// `#lowbit.range<full>`; inside lowbit.encode the bare word, `range(full)`.
def Lowbit_RangeKindAttr
    : EnumAttr<Lowbit_Dialect, Lowbit_RangeKind, "range"> {
  let assemblyFormat = "`<` $value `>`";
}

/// A ranked tensor whose encoding is `#lowbit.encoding`.
def Lowbit_EncodedTensor : Type<And<[IsRankedTensorTypePred,
    CPred<"::llvm::isa_and_nonnull<::lowbit::EncodingAttr>("
          "::llvm::cast<::mlir::RankedTensorType>($_self).getEncoding())">]>,
    "ranked tensor with a #lowbit.encoding", "::mlir::RankedTensorType">;

/// A ranked tensor of floats without any encoding.
def Lowbit_RealTensor : Type<And<[IsRankedTensorTypePred,
    CPred<"!::llvm::cast<::mlir::RankedTensorType>($_self).getEncoding()">,
    CPred<"::llvm::isa<::mlir::FloatType>("
          "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType())">]>,
    "ranked tensor of floats without encoding", "::mlir::RankedTensorType">;

/// A ranked tensor of any element type without any encoding.
def Lowbit_PlainTensor : Type<And<[IsRankedTensorTypePred,
    CPred<"!::llvm::cast<::mlir::RankedTensorType>($_self).getEncoding()">]>,
    "ranked tensor without encoding", "::mlir::RankedTensorType">;

def Lowbit_EncodeOp : Lowbit_Op<"encode", [
    Pure, DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>]> {
  let summary = "Store real numbers in few bits (quantize)";
  let description = [{
    Divides each value by the stored scale of its block, and rounds to the
    nearest code that the encoding of the result has. The scale of each block
    follows from its values by the range kind: `absmax` (default without zero
    point), `full` (symmetric, the value of largest magnitude takes the lowest
    code) or `minmax` (default with zero point). With `ranges(%min, %max)`, two
    f32 tensors of the shape of the scales, the smallest and the largest value
    of each block are given instead of found; values beyond them saturate.

    `method<...>` names another algorithm than rounding to nearest for a weight
    whose value is known at compile time; `layers[...] along K` the layers that
    use the weight, by `lowbit.layer`, and the axis of their input channels, with
    `window [...]` further axes that they sum over: methods may ask what the inputs
    of these layers are like.

    Lossy: `lowbit.decode` of the result is not the input, and nothing folds it
    so. The order of every rounding is in docs/spec.md.

    ```mlir
    %e = lowbit.encode %x : tensor<?x384xf32> to tensor<?x384xf32, #a8>
    %w4 = lowbit.encode %w range(full)
        : tensor<384x64xf32> to tensor<384x64xf32, #w4>
    %wg = lowbit.encode %w method<gptq, damping = 0.02> layers["query"] along 0
        : tensor<384x64xf32> to tensor<384x64xf32, #w4>
    %s = lowbit.encode %x ranges(%min, %max : tensor<f32>, tensor<f32>)
        : tensor<?x384xf32> to tensor<?x384xf32, #a8>
    ```
  }];
  let arguments = (ins Lowbit_RealTensor:$input,
                       Variadic<Lowbit_RealTensor>:$ranges,
                       OptionalAttr<Lowbit_RangeKindAttr>:$range,
                       OptionalAttr<Lowbit_MethodAttr>:$method,
                       OptionalAttr<StrArrayAttr>:$layers,
                       OptionalAttr<I64Attr>:$axis,
                       OptionalAttr<DenseI64ArrayAttr>:$window);
  let results = (outs Lowbit_EncodedTensor:$result);
  let builders = [
    OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$input,
                   "::mlir::ValueRange":$ranges, "RangeKindAttr":$range), [{
      build($_builder, $_state, result, input, ranges, range,
            /*method=*/nullptr, /*layers=*/nullptr, /*axis=*/nullptr,
            /*window=*/nullptr);
    }]>,
  ];
  let assemblyFormat = [{
    $input (`range` `(` custom<RangeKindWord>($range)^ `)`)?
    (`ranges` `(` $ranges^ `:` type($ranges) `)`)?
    (`method` `` $method^)? (`layers` `` $layers^ `along` $axis)?
    (`window` $window^)?
    attr-dict `:` type($input) `to` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    EncodingAttr getEncoding() {
      return ::llvm::cast<EncodingAttr>(getResult().getType().getEncoding());
    }
    /// The range kind in force, the encoding's default where none is given.
    RangeKind getEffectiveRange() {
      return getRange().value_or(getEncoding().getDefaultRange());
    }
  }];
}

def Lowbit_DecodeOp : Lowbit_Op<"decode", [
    Pure, DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>]> {
  let summary = "The real numbers that an encoded tensor denotes (dequantize)";
  let description = [{
    `scale * (decode(code) - zero_point)` for each element, the product rounded
    once to f32, and once more where the element type is narrower.

    ```mlir
    %x = lowbit.decode %e : tensor<4x8xf32, #e> to tensor<4x8xf32>
    ```
  }];
  let arguments = (ins Lowbit_EncodedTensor:$input);
  let results = (outs Lowbit_RealTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    EncodingAttr getEncoding() {
      return ::llvm::cast<EncodingAttr>(getInput().getType().getEncoding());
    }
  }];
}

def Lowbit_AssembleOp : Lowbit_Op<"assemble", [
    Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>]> {
  let summary = "Make an encoded tensor of its stored parts";
  let description = [{
    The parts are, in this order: codes, scales, and zero points where the
    encoding has them. Their types follow from the type of the result: see
    `EncodingAttr::getPartTypes`. `sizes` gives the dynamic dimensions of the
    result in order; parts of other sizes than those give are undefined
    behaviour. No value is computed: the parts are the tensor.

    ```mlir
    %e = lowbit.assemble %codes, %scales, %zps
       : tensor<384x32xi8>, tensor<3x64xf16>, tensor<3x32xi8>
       to tensor<384x64xf32, #w4>
    %a = lowbit.assemble %acodes, %ascales sizes(%n)
       : tensor<?x384xi8>, tensor<?xf32> to tensor<?x384xf32, #a8>
    ```
  }];
  let arguments = (ins Variadic<Lowbit_PlainTensor>:$parts,
                       Variadic<Index>:$sizes);
  let results = (outs Lowbit_EncodedTensor:$result);
  let assemblyFormat = [{
    $parts (`sizes` `(` $sizes^ `)`)? attr-dict
    `:` type($parts) `to` type($result)
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    EncodingAttr getEncoding() {
      return ::llvm::cast<EncodingAttr>(getResult().getType().getEncoding());
    }
    /// The part of that kind, or null where the encoding has none.
    ::mlir::Value getPart(PartKind kind);
  }];
}

def Lowbit_DisassembleOp : Lowbit_Op<"disassemble", [
    Pure,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "The stored parts of an encoded tensor";
  let description = [{
    The inverse of `lowbit.assemble`, and like it no computation. Bytes of the
    codes that hold no code (the rest of a row's last byte, the padding of
    panels) are zero.

    ```mlir
    %codes, %scales = lowbit.disassemble %e
       : tensor<4x8xf32, #e> to tensor<4x8xi8>, tensor<8xf32>
    ```
  }];
  let arguments = (ins Lowbit_EncodedTensor:$input);
  let results = (outs Variadic<Lowbit_PlainTensor>:$parts);
  let builders = [OpBuilder<(ins "::mlir::Value":$input)>];
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($parts)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let extraClassDeclaration = [{
    EncodingAttr getEncoding() {
      return ::llvm::cast<EncodingAttr>(getInput().getType().getEncoding());
    }
    /// The part of that kind, or null where the encoding has none.
    ::mlir::Value getPart(PartKind kind);
  }];
}

def Lowbit_CallKernelOp : Lowbit_Op<"call_kernel", [
    DestinationStyleOpInterface, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>, Pure]> {
  let summary = "Call a kernel on buffers, in destination-passing style";
  let description = [{
    The callee is a function on memrefs, without results, that reads `inputs`
    and updates `outputs`; bufferization turns the op into a call of it. The op
    carries what `func.call` on tensors cannot: that outputs are destinations,
    and that the kernel keeps nothing. Layers of one shape share one kernel. A
    tensor and its memref have the same element type and rank, and sizes that
    agree where both are known. Kernels take parts, never encoded tensors, and no
    memrefs: the op has no effects, and equal ones become one.

    ```mlir
    %y = lowbit.call_kernel @matmul ins(%x, %codes, %scales : ...)
           outs(%init : tensor<?x1536xf32>) -> tensor<?x1536xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee,
                       Variadic<AnyType>:$inputs,
                       Variadic<AnyRankedTensor>:$outputs);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $callee `ins` `(` ($inputs^ `:` type($inputs))? `)`
    `outs` `(` $outputs `:` type($outputs) `)` attr-dict `->` type($results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() {
      return getOutputsMutable();
    }
  }];
}

/// A ranked tensor of floats, stored as such or by `#lowbit.encoding`.
def Lowbit_FloatTensor : Type<And<[IsRankedTensorTypePred,
    CPred<"::llvm::isa<::mlir::FloatType>("
          "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType())">,
    CPred<"::lowbit::getEncoding($_self) || "
          "!::llvm::cast<::mlir::RankedTensorType>($_self).getEncoding()">]>,
    "ranked tensor of floats, encoded or not", "::mlir::RankedTensorType">;

/// What lowbit.attention is masked by: booleans, or floats to add.
def Lowbit_MaskTensor : Type<Or<[Lowbit_FloatTensor.predicate,
    And<[Lowbit_PlainTensor.predicate,
         CPred<"::llvm::cast<::mlir::RankedTensorType>($_self)"
               ".getElementType().isInteger(1)">]>]>,
    "ranked tensor of i1 or floats", "::mlir::RankedTensorType">;

/// Lengths, offsets and numbers of pages.
def Lowbit_CountTensor : Type<And<[Lowbit_PlainTensor.predicate,
    CPred<"::llvm::cast<::mlir::RankedTensorType>($_self)"
          ".getElementType().isInteger(32) || "
          "::llvm::cast<::mlir::RankedTensorType>($_self)"
          ".getElementType().isInteger(64)">]>,
    "ranked tensor of i32 or i64", "::mlir::RankedTensorType">;

def Lowbit_AttentionOp : Lowbit_Op<"attention", [
    Pure, AttrSizedOperandSegments, AttrSizedResultSegments,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>]> {
  let summary = "softmax(scale * query * key^T + mask) * value";
  let description = [{
    Query, key and value are `[batch, heads, sequence, size]`, or, with
    `heads [query heads, key heads]`, `[batch, sequence, heads * size]`. Each key
    head serves as many neighbouring query heads as there are for each; values
    may have another size than keys. docs/spec.md, section 2.6, has the formulas.

    - `mask`: true where a key takes part, or floats that are added; broadcast
      from the right.
    - `causal`, `window [left, right]`: keys up to the query's position, and up to
      so many before and behind it; -1, and 2^30 or more, is no limit. The last query stands at the
      last key, with `top_left` the first query at the first key that is not past.
    - `alibi`: per query head what a key loses for each step of distance.
    - `soft_cap = c`: c * tanh(score / c), before masks.
    - `past`: keys and values in front; `present` in the results is the joined ones.
    - `kv_lengths`: how many keys of each sequence are there.
    - `query_offsets`, `key_offsets`: where sequences that lie one behind the other
      begin, and the last one ends.
    - `pages`: for each sequence the pages that its keys and values lie in.
    - `lse` in the results is the logarithm of the sum of exponentials of each row.

    A row that has no key is 0, and its `lse` is -inf. Floats may be encoded.

    ```mlir
    %y = lowbit.attention %q, %k, %v scale = 0.125 causal
       : tensor<8x12x128x64xf32>, tensor<8x12x128x64xf32>, tensor<8x12x128x64xf32>
      -> tensor<8x12x128x64xf32>
    %z, %lse = lowbit.attention %q3, %k3, %v3 heads [12, 4] scale = 0.125
         mask(%m : tensor<8x1x1x128xf32>)
       : tensor<8x16x768xf32>, tensor<8x128x256xf32, #k8>,
         tensor<8x128x256xf32, #k8>
      -> tensor<8x16x768xf32> lse(tensor<8x12x16xf32>)
    ```
  }];
  let arguments = (ins Lowbit_FloatTensor:$query, Lowbit_FloatTensor:$key,
                       Lowbit_FloatTensor:$value,
                       Optional<Lowbit_MaskTensor>:$mask,
                       Optional<Lowbit_RealTensor>:$slopes,
                       Optional<Lowbit_FloatTensor>:$past_key,
                       Optional<Lowbit_FloatTensor>:$past_value,
                       Optional<Lowbit_CountTensor>:$kv_lengths,
                       Optional<Lowbit_CountTensor>:$query_offsets,
                       Optional<Lowbit_CountTensor>:$key_offsets,
                       Optional<Lowbit_CountTensor>:$pages,
                       F64Attr:$scale, OptionalAttr<F64Attr>:$soft_cap,
                       UnitAttr:$causal, UnitAttr:$top_left,
                       OptionalAttr<DenseI64ArrayAttr>:$window,
                       OptionalAttr<DenseI64ArrayAttr>:$heads);
  let results = (outs Lowbit_RealTensor:$result,
                      Optional<Lowbit_RealTensor>:$present_key,
                      Optional<Lowbit_RealTensor>:$present_value,
                      Optional<Lowbit_RealTensor>:$lse);
  let builders = [
    OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$query,
                   "::mlir::Value":$key, "::mlir::Value":$value,
                   "::mlir::Value":$mask, "double":$scale)>,
  ];
  let assemblyFormat = [{
    $query `,` $key `,` $value (`heads` $heads^)? `scale` `=` $scale
    (`soft_cap` `=` $soft_cap^)? (`causal` $causal^)? (`window` $window^)?
    (`top_left` $top_left^)? (`mask` `(` $mask^ `:` type($mask) `)`)?
    (`alibi` `(` $slopes^ `:` type($slopes) `)`)?
    (`past` `(` $past_key^ `,` $past_value `:` type($past_key) `,`
     type($past_value) `)`)?
    (`kv_lengths` `(` $kv_lengths^ `:` type($kv_lengths) `)`)?
    (`query_offsets` `(` $query_offsets^ `:` type($query_offsets) `)`)?
    (`key_offsets` `(` $key_offsets^ `:` type($key_offsets) `)`)?
    (`pages` `(` $pages^ `:` type($pages) `)`)? attr-dict
    `:` type($query) `,` type($key) `,` type($value) `->` type($result)
    (`present` `(` type($present_key)^ `,` type($present_value) `)`)?
    (`lse` `(` type($lse)^ `)`)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The sizes of the op, each from the operand that has it; dynamic where
    /// that is.
    AttentionSizes getSizes();
    /// Whether heads lie side by side in the last axis, [batch, sequence,
    /// heads * size].
    bool hasJoinedHeads() { return getQuery().getType().getRank() == 3; }
    /// Whether it matters where in their sequence queries and keys stand.
    bool usesPositions();
    /// How far a key may stand in front of the query, and behind it, less than
    /// 2^30; -1 where there is no limit (C186).
    int64_t getLeftWindow();
    int64_t getRightWindow();
  }];
}

/// What lowbit.observe looks at: a tensor, or after bufferization a memref.
def Lowbit_ObservedValue : Type<CPred<"::lowbit::isObservable($_self)">,
    "ranked tensor without encoding or ranked memref, with dimensions, of f32, "
    "f16 or bf16", "::mlir::ShapedType">;

def Lowbit_ObserveOp : Lowbit_Op<"observe", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Show what layers read to whoever calibrates";
  let description = [{
    The operand is what the layers named `layers` read; `axis` is that of its
    channels, all others count rows. Each time the op runs, each row joins the
    statistics of these layers once; with `gram` so do the products of all pairs
    of channels, X^T X. Nothing else happens, and the effect keeps the op where it
    is: it is not removed, merged with an equal one, or moved out of a loop.

    `lowbit-insert-observers` makes the op, bufferization takes it to memrefs, and
    `convert-observe-to-calls` makes a call of a function that the program is
    linked with.

    ```mlir
    lowbit.observe %x layers = ["0.query", "0.key"] axis = 2 gram
        : tensor<?x128x384xf32>
    ```
  }];
  let arguments = (ins Lowbit_ObservedValue:$input, StrArrayAttr:$layers,
                       I64Attr:$axis, UnitAttr:$gram);
  let assemblyFormat = [{
    $input `layers` `=` $layers `axis` `=` $axis (`gram` $gram^)?
    attr-dict `:` type($input)
  }];
  let hasVerifier = 1;
}

#endif // LOWBIT_DIALECT_LOWBIT_IR_LOWBITOPS_TD
