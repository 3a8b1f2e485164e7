//===- LowbitDialect.td - The lowbit dialect ---------------*- tablegen -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_IR_LOWBITDIALECT_TD
#define LOWBIT_DIALECT_LOWBIT_IR_LOWBITDIALECT_TD

include "mlir/IR/OpBase.td"

def Lowbit_Dialect : Dialect {
  let name = "lowbit";
  let cppNamespace = "::lowbit";
  let summary = "Tensors of real numbers that are stored in few bits";
  let description = [{
    An *encoded tensor* is an ordinary ranked tensor whose `encoding` is
    `#lowbit.encoding`. It denotes real numbers; the encoding says how they are
    stored: what a code means (codec), which scale applies to it (scale), which
    values are kept (sparsity) and where the bits lie (layout).

    ```mlir
    #w4 = #lowbit.encoding<#lowbit.affine<u4>,
                           scale = f16 per group<128> along 0, zero_point = u4>
    %we = lowbit.encode %w : tensor<4096x11008xf32>
                          to tensor<4096x11008xf32, #w4>
    %y = linalg.matmul ins(%x, %we : tensor<?x4096xf32>,
                                     tensor<4096x11008xf32, #w4>)
                       outs(%o : tensor<?x11008xf32>) -> tensor<?x11008xf32>
    ```

    A linalg contraction on encoded operands means the same contraction on the
    decoded operands. Encode and decode are what the field also calls quantize
    and dequantize. The exact meaning, with numbered constraints and the order
    of every rounding, is in `docs/spec.md`.
  }];

  let useDefaultAttributePrinterParser = 1;
  // Discardable attributes of ours are checked where they stand, so that a
  // pass that reads one may rely on its kind.
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  // Reified shapes are tensor.dim operations.
  let dependentDialects = ["::mlir::tensor::TensorDialect"];

  let extraClassDeclaration = [{
    void registerAttributes();
    void registerOps();

    /// The codec that a codec attribute with parameters names, made by `make`
    /// when it is first asked for: its tables are not made again.
    ::lowbit::numerics::CodecRef getCodec(
        ::mlir::Attribute attribute,
        ::llvm::function_ref<::lowbit::numerics::CodecRef()> make);

    /// Name under which importers attach the name of a graph input or result,
    /// a string on a function's argument or result.
    static constexpr llvm::StringLiteral kNameAttr = "lowbit.name";
    /// A layer's name, a string attached to contractions and gathers.
    static constexpr llvm::StringLiteral kLayerAttr = "lowbit.layer";
    /// Argument attribute: this argument is the stored tensor of that name.
    static constexpr llvm::StringLiteral kWeightAttr = "lowbit.weight";
    /// What a recipe assigned to a layer: the encodings of its weight and of
    /// its activation, and the range kind and the method of the weight where
    /// one is asked for.
    static constexpr llvm::StringLiteral kWeightEncodingAttr =
        "lowbit.weight_encoding";
    static constexpr llvm::StringLiteral kActivationEncodingAttr =
        "lowbit.activation_encoding";
    static constexpr llvm::StringLiteral kWeightRangeAttr =
        "lowbit.weight_range";
    static constexpr llvm::StringLiteral kWeightMethodAttr =
        "lowbit.weight_method";
    /// How the range of a layer's activation is to be found: #lowbit.clip.
    static constexpr llvm::StringLiteral kActivationClipAttr =
        "lowbit.activation_clip";
    /// The smallest and the largest value of each block of a layer's activation,
    /// two dense tensors of floats.
    static constexpr llvm::StringLiteral kActivationRangesAttr =
        "lowbit.activation_ranges";
    /// How a layer's inputs are to be scaled: #lowbit.awq or #lowbit.smoothquant.
    static constexpr llvm::StringLiteral kScaleInputsAttr =
        "lowbit.scale_inputs";
    /// A unit on a product of a weight: inputs have been divided by these constants,
    /// statistics are of those before; and on that of the inputs, to be folded.
    static constexpr llvm::StringLiteral kInputScalesAttr =
        "lowbit.input_scales";
    /// Channels of a layer's input that exceed this magnitude are to be
    /// multiplied in f16, beside the rest: f64.
    static constexpr llvm::StringLiteral kOutliersAttr = "lowbit.outliers";
    /// A unit on a layer: what quantizing its weight shifts its outputs by, on
    /// average, is to be taken back.
    static constexpr llvm::StringLiteral kCorrectBiasAttr =
        "lowbit.correct_bias";
    /// On the op that adds the constant which takes that back: the layer's name.
    static constexpr llvm::StringLiteral kBiasCorrectionAttr =
        "lowbit.bias_correction";
    /// A unit on a linalg.generic that takes the channels of a tensor at constant
    /// indices: of a weight that is done at compile time, and it is no gather.
    static constexpr llvm::StringLiteral kSelectionAttr = "lowbit.selection";
    /// What will compute a layer, a string; from a plan to a report.
    static constexpr llvm::StringLiteral kKernelAttr = "lowbit.kernel";
    /// Why a layer stays as it is, a string.
    static constexpr llvm::StringLiteral kFloatAttr = "lowbit.float";
    /// On a module whose lowbit.observe ops are calls: the layers of each
    /// observer, by its number.
    static constexpr llvm::StringLiteral kObserversAttr = "lowbit.observers";

  private:
    ::llvm::sys::SmartMutex<true> codecsMutex;
    ::llvm::DenseMap<::mlir::Attribute, ::lowbit::numerics::CodecRef> codecs;
  }];
}

#endif // LOWBIT_DIALECT_LOWBIT_IR_LOWBITDIALECT_TD
