//===- Passes.td - Passes within lowbit and linalg ---------*- tablegen -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_PASSES_TD
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_PASSES_TD

include "lowbit/Dialect/Lowbit/Transforms/AttentionPasses.td"
include "lowbit/Dialect/Lowbit/Transforms/CalibrationPasses.td"
include "lowbit/Dialect/Lowbit/Transforms/ScalingPasses.td"
include "mlir/Pass/PassBase.td"

// Passes (keep alphabetical)

def AssignEncodingsPass
    : Pass<"lowbit-assign-encodings", "::mlir::ModuleOp"> {
  let summary = "Choose an encoding for every layer by a recipe";
  let description = [{
    Attaches to each layer (a contraction, or a gather from a table) the encoding
    of its weight and, where the recipe asks for it, of its activation; or the
    reason why it stays float. Each reason is a remark too, with the layers that
    it holds for. Names layers first, as `lowbit-name-layers` does.

    ```mlir
    linalg.matmul ins(%x, %w : ...) outs(...)
    linalg.batch_matmul ins(%q, %k : ...) outs(...)
    // becomes, with recipe=int8,
    linalg.matmul {
        lowbit.layer = "encoder.0.query",
        lowbit.weight_encoding =
            #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
        ins(%x, %w : ...) outs(...)
    linalg.batch_matmul {
        lowbit.layer = "encoder.0",
        lowbit.float = "both operands are activations"}
        ins(%q, %k : ...) outs(...)
    ```

    `recipe` is a shorthand such as `int8` or `int4-g128`, or the path of a YAML
    file: see docs/recipes.md. A recipe with an error, or with a rule that
    matches no layer, fails the pass and leaves no attributes. With `auto-4.5`,
    or the key `auto` of a file, the encodings are those that lose least at the
    model's outputs for 4.5 bits per weight, by the measurements in the file
    `sensitivity`: see docs/automatic-choice.md.
  }];
  let options = [
    Option<"recipe", "recipe", "std::string", /*default=*/"\"int8\"",
           "Shorthand of docs/recipes.md (int8, int4-g128, mxfp4, ...) or "
           "path of a YAML recipe (default int8)">,
    Option<"sensitivity", "sensitivity", "std::string", "\"\"",
           "The measurements of quant-run --sensitivity, for recipes that "
           "choose automatically (default: the file that the recipe names)">,
    Option<"weights", "weights", "std::string", "\"\"",
           "The weights, to tell whether they are those that were measured "
           "(default: not asked)">,
    Option<"statistics", "statistics", "std::string", "\"\"",
           "The statistics of the layers' inputs, to tell whether methods can "
           "do without damping where the recipe says so (default: not asked)">,
    Option<"keepTradeOff", "keep-tradeoff", "bool", "false",
           "Leave the curve of an automatic choice on the module, as "
           "lowbit.tradeoff, for lowbit-report (default false)">,
    Option<"remarkEach", "remark-each", "bool", "false",
           "Remark on each layer that stays float, at its place, rather than "
           "once for each reason (default false)">,
  ];
  let dependentDialects = ["::lowbit::LowbitDialect"];
}

def CheckGathersPass : Pass<"lowbit-check-gathers"> {
  let summary = "Check at run time that gathers and slices stay inside";
  let description = [{
    An index from outside, such as a token id, may be larger than the table that
    it selects from, and `tensor.extract` does not check; nor does
    `tensor.insert`. Each index of one that is not known to be inside gets a
    `cf.assert` in front, and so does each dynamic offset, size or stride of a
    `tensor.extract_slice` or `tensor.insert_slice`:

    ```mlir
    %row = tensor.extract %table[%id, %j] : tensor<30522x384xf32>
    // becomes
    %inside = arith.cmpi ult, %id, %c30522 : index
    cf.assert %inside, "an index is outside the 30522 rows that 'embeddings' reads from"
    %row = tensor.extract %table[%id, %j] : tensor<30522x384xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ConvolutionsToMatmulsPass : Pass<"lowbit-convolutions-to-matmuls"> {
  let summary = "Turn convolutions into products of patches with matrices";
  let description = [{
    A convolution is the product of a matrix, whose rows are what each place of
    the result sums over, with its filter as a matrix. For the kernels of
    products, filters that are stored encoded are seen as matrices before
    `lowbit-pack`: their parts keep their bytes. An encoded input keeps its
    codes, which are moved in place of numbers.

    ```mlir
    %y = linalg.conv_2d_nhwc_fhwc ins(%x, %w : tensor<1x9x9x8xf32, #a>,
           tensor<16x3x3x8xf32, #w>) outs(%zero) -> tensor<1x7x7x16xf32>
    // becomes
    %codes, %scale = lowbit.disassemble %x : ... to tensor<1x9x9x8xi8>, tensor<f32>
    %p6 = linalg.generic ... ins(%codes) outs(...) -> tensor<1x7x7x3x3x8xi8>
    %p2 = tensor.collapse_shape %p6 [[0, 1, 2], [3, 4, 5]] : ... into tensor<49x72xi8>
    %p = lowbit.assemble %p2, %scale : ... to tensor<49x72xf32, #a>
    %w2 = tensor.collapse_shape %wcodes [[0], [1, 2, 3]] : ... into tensor<16x72xi8>
    %wm = lowbit.assemble %w2, %wscales : ... to tensor<16x72xf32, #w>
    %y2 = linalg.matmul indexing_maps = [(m, k), (n, k), (m, n)] ins(%p, %wm : ...)
    %y = tensor.expand_shape %y2 ... into tensor<1x7x7x16xf32>
    ```

    Results that have channels first are transposed behind the product.
  }];
  let dependentDialects = ["::lowbit::LowbitDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def DecodePass : Pass<"lowbit-decode"> {
  let summary = "Compute with the real numbers that encoded tensors denote";
  let description = [{
    The reference for reals: decodes every encoded operand of a linalg op or
    gather in front of it, so that encoded tensors are used by `lowbit.decode`
    only; `lowbit-to-parts` then turns decode into arithmetic.

    ```mlir
    %y = linalg.matmul ins(%x, %we : tensor<?x384xf32>, tensor<384x64xf32, #e>) ...
    // becomes
    %w = lowbit.decode %we : tensor<384x64xf32, #e> to tensor<384x64xf32>
    %y = linalg.matmul ins(%x, %w : tensor<?x384xf32>, tensor<384x64xf32>) ...
    ```
  }];
  let options = [
    Option<"gathers", "gathers", "bool", "true",
           "Decode a table that is gathered from, whole, in front of the "
           "gather; otherwise lowbit-to-parts decodes what is read "
           "(default true)">,
  ];
  let dependentDialects = ["::lowbit::LowbitDialect"];
}

def ExternalizeWeightsPass
    : Pass<"lowbit-externalize-weights", "::mlir::ModuleOp"> {
  let summary = "Move big constants out of the IR into a safetensors file";
  let description = [{
    Replaces constants and resources of at least `min-elements` elements by
    external `ml_program.global`s, and writes their values to a file. Their
    names are those of their locations, else `constant<N>`. Splats stay.

    ```mlir
    %w = arith.constant dense<"0x..."> : tensor<384x384xf32> loc("w")
    // becomes
    ml_program.global public @w(#ml_program.extern : tensor<384x384xf32>)
        : tensor<384x384xf32>
    %w = ml_program.global_load_const @w : tensor<384x384xf32>
    ```

    Weights that are external already are copied from the file `weights`, so
    that the written file is all that the module needs.
  }];
  let options = [
    Option<"weights", "weights", "std::string", "\"\"",
           "The safetensors file, or index of a sharded set, of the weights "
           "that are external already (required if there are any)">,
    Option<"outputWeights", "output-weights", "std::string", "\"\"",
           "The safetensors file to write (required)">,
    Option<"minElements", "min-elements", "int64_t", "256",
           "Constants with fewer elements stay (default 256)">,
  ];
  let dependentDialects = ["::mlir::ml_program::MLProgramDialect"];
}

def GlobalsToArgumentsPass
    : Pass<"lowbit-globals-to-arguments", "::mlir::ModuleOp"> {
  let summary = "Turn external globals into function arguments";
  let description = [{
    ml_program does not bufferize. Each external global that a function reads,
    itself or through calls, becomes a further argument of it, in the order of
    the globals in the module; on public functions the attribute `lowbit.weight`
    names the stored tensor, and bufferization may not write to it. Globals with
    a value become constants.

    ```mlir
    ml_program.global public @w(#ml_program.extern : tensor<384xf32>) : tensor<384xf32>
    func.func @main(%x: tensor<384xf32>) -> tensor<384xf32> {
      %w = ml_program.global_load_const @w : tensor<384xf32>
    // becomes
    func.func @main(%x: tensor<384xf32>, %w: tensor<384xf32>
        {bufferization.writable = false, lowbit.weight = "w"}) -> tensor<384xf32> {
    ```

    Mutable globals, and functions that read globals but are used other than by
    calls, are errors.
  }];
  let dependentDialects = ["::lowbit::LowbitDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::bufferization::BufferizationDialect"];
}

def InsertEncodesPass : Pass<"lowbit-insert-encodes"> {
  let summary = "Encode the operands that have been assigned an encoding";
  let description = [{
    ```mlir
    %y = linalg.matmul {lowbit.layer = "a", lowbit.weight_encoding = #e}
           ins(%x, %w : ...) outs(...)
    // becomes
    %we = lowbit.encode %w : tensor<384x384xf32> to tensor<384x384xf32, #e>
    %y = linalg.matmul {lowbit.layer = "a"} ins(%x, %we : ...) outs(...)
    ```

    A gather reads the encoded table by the `tensor.extract` it has. An
    activation with `lowbit.activation_ranges` is encoded with these. Layers that
    share a weight or an activation, and its encoding, share the encode. With
    `lowbit.weight_method` it has that method and the names of the layers. Run CSE
    before this pass, so that layers on one activation are seen to share it.
  }];
  let dependentDialects = ["::lowbit::LowbitDialect",
                           "::mlir::arith::ArithDialect"];
}

def InternalizeWeightsPass
    : Pass<"lowbit-internalize-weights", "::mlir::ModuleOp"> {
  let summary = "Bring external weights back into the IR as resources";
  let description = [{
    The inverse of `lowbit-externalize-weights`: external globals become
    `arith.constant dense_resource`.
  }];
  let options = [
    Option<"weights", "weights", "std::string", "\"\"",
           "The safetensors file, or index of a sharded set (required)">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def MaterializeWeightsPass
    : Pass<"lowbit-materialize-weights", "::mlir::ModuleOp"> {
  let summary = "Encode weights at compile time and store their parts";
  let description = [{
    An encode of an external weight, of a constant or of a global with a value
    becomes an assemble of stored parts; what has fewer than 256 elements keeps
    them as constants. A weight may be multiplied by constant vectors along its
    axes in front, which is computed here, too; a product of an external weight
    with such vectors that something else reads is stored. Weights in a module within the module, and layers that are
    assigned an encoding which nothing has encoded, are errors. Every weight that is still used is copied, so the written file is all that the
    module needs. Tensors stream: memory is a few tensors, not the model.

    An encode with a method is done by that (docs/recipes.md). What it has to
    know of the inputs of layers is read from the file `statistics`, under their
    names; for layers that share a weight what is known of each is added up.

    What quantizing shifts the outputs of a layer with `lowbit.correct_bias` by,
    on average over these inputs, is taken back: added to the vector that its
    only user adds, or to its result.

    ```mlir
    %w = ml_program.global_load_const @w : tensor<384x384xf32>
    %we = lowbit.encode %w : tensor<384x384xf32> to tensor<384x384xf32, #e>
    // becomes
    %c = ml_program.global_load_const @w.codes : tensor<384x384xi8>
    %s = ml_program.global_load_const @w.scales : tensor<384xf32>
    %we = lowbit.assemble %c, %s : ... to tensor<384x384xf32, #e>
    ```
  }];
  let options = [
    Option<"weights", "weights", "std::string", "\"\"",
           "The safetensors file, or index of a sharded set, to read (required)">,
    Option<"outputWeights", "output-weights", "std::string", "\"\"",
           "The safetensors file to write (required)">,
    Option<"statistics", "statistics", "std::string", "\"\"",
           "The file of statistics of the layers' inputs (required by methods "
           "that need them, and by bias correction)">,
    Option<"nonfinite", "nonfinite", "std::string", "\"error\"",
           "What a NaN or an infinity in a weight is: 'error', or 'zero' to "
           "take it as 0 with a remark (default error)">,
    Option<"threads", "threads", "unsigned", "0",
           "Threads; 0 for one per processor (default 0)">,
    Option<"sliceElements", "slice-elements", "int64_t", "16777216",
           "A weight with more elements is quantized in slices of this size "
           "where its blocks allow, to bound memory (default 16777216)">,
  ];
  let dependentDialects = ["::lowbit::LowbitDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::ml_program::MLProgramDialect",
                           "::mlir::tensor::TensorDialect"];
}

def NameLayersPass : Pass<"lowbit-name-layers", "::mlir::ModuleOp"> {
  let summary = "Give every layer a stable, unique name";
  let description = [{
    Sets `lowbit.layer` on contractions, convolutions and gathers. A name is, in
    this order: the name it has already; that of its weight without `.weight`,
    unless an exporter made it up (`onnx::MatMul_12`); the importer's location
    without the op at its end (`/encoder/query/MatMul` gives `encoder.query`);
    `layer<N>`, where N is its place among the layers of the module. Names that
    are taken get `_1`, `_2` and so on.

    ```mlir
    %w = ml_program.global_load_const @encoder.query.weight : tensor<8x8xf32>
    %y = linalg.matmul ins(%x, %w : ...) outs(...)
    // becomes
    %y = linalg.matmul {lowbit.layer = "encoder.query"} ins(%x, %w : ...) ...
    ```
  }];
  let dependentDialects = ["::lowbit::LowbitDialect"];
}

def NormalizeContractionsPass : Pass<"lowbit-normalize-contractions"> {
  let summary = "Turn what importers write into plain contractions";
  let description = [{
    A contraction of floats with a weight becomes `linalg.matmul` on the weight
    itself: broadcasts, transposes and reshapes of the weight go away (a weight
    stored as [N, K] is read through `indexing_maps`; an encoded one is read as it
    is), the axes of the activation
    that are not summed over are joined to rows, and the result gets its shape
    back. `matvec` and `vecmat` become a matmul of one row. A `linalg.generic`
    that is a product of matrices or vectors becomes the named op. Locations and
    attributes such as `lowbit.layer` stay with the contraction.

    ```mlir
    %w3 = linalg.broadcast ins(%w : tensor<384x64xf32>)
            outs(%e : tensor<8x384x64xf32>) dimensions = [0]
    %y = linalg.batch_matmul ins(%x, %w3 : tensor<8x128x384xf32>, ...)
            outs(%zero : tensor<8x128x64xf32>) -> tensor<8x128x64xf32>
    // becomes
    %x2 = tensor.collapse_shape %x [[0, 1], [2]]
            : tensor<8x128x384xf32> into tensor<1024x384xf32>
    %y2 = linalg.matmul ins(%x2, %w : ...)
            outs(%zero2 : tensor<1024x64xf32>) -> tensor<1024x64xf32>
    %y = tensor.expand_shape %y2 [[0, 1], [2]] output_shape [8, 128, 64]
            : tensor<1024x64xf32> into tensor<8x128x64xf32>
    ```

    Products of two activations are left as they are, as are weights that are
    vectors or have more than two axes. Canonicalization removes pairs of
    reshapes that cancel and CSE joins equal ones: run both after this pass.
  }];
  let options = [
    Option<"maxIterations", "max-iterations", "int64_t", "10",
           "Sweeps over the IR after which the pass gives up (default 10)">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def PackPass : Pass<"lowbit-pack", "::mlir::ModuleOp"> {
  let summary = "Re-lay stored weights for the target's kernels";
  let description = [{
    Stored codes, scales and zero points of encoded weights that feed a
    `linalg.matmul` are brought from `#lowbit.rows` into `#lowbit.panels`; only
    the place of bits changes. Tiles hold `integer-step` reduction indices where
    the activations of all matmuls on the weight are encoded integers, else one.
    A gather of the same weight keeps the rows. The file that is written is all
    that the module needs, or with `packed-only` the packed weights alone. A
    remark says which weights panels cannot hold; not with `packed-only`, where
    the lowering is to follow, which says why these have no kernel.

    Stored f32 weights that are not encoded are packed as well, as numbers that
    are their codes (`#lowbit.float<f32>`), but for those that panels would make
    larger by more than half, or that encoded integers are multiplied with.

    ```mlir
    %c = ml_program.global_load_const @w.codes : tensor<384x1536xi8>
    %we = lowbit.assemble %c, %s : ... to tensor<384x1536xf32, #rows>
    %y = linalg.matmul ins(%x, %we : ...) ...
    // becomes
    %c = ml_program.global_load_const @w.codes : tensor<48x384x32xi8>
    %we = lowbit.assemble %c, %s : ... to tensor<384x1536xf32, #panels>
    %y = linalg.matmul ins(%x, %we : ...) ...
    ```
  }];
  let options = [
    Option<"weights", "weights", "std::string", "\"\"",
           "The safetensors file, or index of a sharded set, to read (required)">,
    Option<"outputWeights", "output-weights", "std::string", "\"\"",
           "The safetensors file to write (required)">,
    Option<"columns", "columns", "int64_t", "32",
           "Columns of a panel (default 32)">,
    Option<"integerStep", "integer-step", "int64_t", "4",
           "Reduction indices of a tile where activations are integers "
           "(default 4)">,
    Option<"packedOnly", "packed-only", "bool", "false",
           "Write only what is packed: the module's other weights stay in the "
           "file that is read (default false)">,
    Option<"threads", "threads", "unsigned", "0",
           "Threads; 0 for one per processor (default 0)">,
  ];
  let dependentDialects = ["::lowbit::LowbitDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::ml_program::MLProgramDialect"];
}

def ReportPass : Pass<"lowbit-report", "::mlir::ModuleOp"> {
  let summary = "Report size and error of every layer";
  let description = [{
    Prints, per layer: name, shape, encoding, bits per weight, bytes before and
    after, what quantization did to the weight (SQNR and, where asked, PSNR, MSE,
    largest error, cosine, shares of clipped and pruned values, the worst block),
    and the kernel or the reason it stayed float. With `statistics` also the SQNR
    of the layer's outputs on the samples that these are of. The JSON file has
    all of it, and the distribution of each weight before and after: see
    docs/reports.md. With the curve of an automatic choice, that too. Takes
    `lowbit.kernel` and `lowbit.tradeoff` away, which were put there for the
    report, and changes nothing else.
  }];
  let options = [
    Option<"weights", "weights", "std::string", "\"\"",
           "The weights before quantization">,
    Option<"quantizedWeights", "quantized-weights", "std::string", "\"\"",
           "The weights after quantization (required)">,
    Option<"statistics", "statistics", "std::string", "\"\"",
           "The statistics of the layers' inputs, for errors of their outputs">,
    ListOption<"columns", "columns", "std::string",
               "Columns of the table, by name, or 'all' (default: those that fit "
               "a terminal)">,
    Option<"reportFile", "report", "std::string", "\"\"",
           "Write the report as JSON to this file">,
    Option<"table", "table", "bool", "true",
           "Print the report as a table on standard error (default true)">,
    Option<"checkOnly", "check-only", "bool", "false",
           "Only check that the JSON file can be written, as before long work "
           "(default false)">,
    Option<"threads", "threads", "unsigned", "0",
           "Threads; 0 for one per processor (default 0)">,
  ];
}

def ToIntegerPass : Pass<"lowbit-to-integer"> {
  let summary = "Contract integers where both operands are integers";
  let description = [{
    The reference for integers: a contraction whose operands are both encoded
    with affine codecs becomes linalg on codes less zero points, a and w, with
    i32 sums in each group g of the weight along the reduction. The weight may
    have a table of at most 16 levels that are integers of 8 bits times a power
    of two; w are then these integers, and its scale is divided by the power:

    ```
    acc[g] = sum over the group of a * w
    f      = 0;  for g ascending: f = fma(acc[g], weight's scale, f)
    y      = fma(f, activation's scale, init)
    ```

    The activation's scale has to be constant along the reduction, and the sums
    have to be known to fit i32. Other contractions are decoded as
    `lowbit-decode` does, with a remark that says why, and so are all other uses
    of encoded tensors.
  }];
  let options = [
    Option<"gathers", "gathers", "bool", "true",
           "Decode a table that is gathered from, whole, in front of the "
           "gather; otherwise lowbit-to-parts decodes what is read "
           "(default true)">,
  ];
  let dependentDialects = ["::lowbit::LowbitDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ToPartsPass : Pass<"lowbit-to-parts", "::mlir::ModuleOp"> {
  let summary = "Replace encoded tensors by their stored parts";
  let description = [{
    Encoded values become codes, scales and zero points, and an index for each
    dynamic size that the codes do not give back, through functions, calls,
    control flow and select. Encode and decode become linalg arithmetic on them,
    assemble and disassemble vanish; a gather (tensor.extract) decodes the
    elements that it reads, never the table. Other uses of encoded tensors are
    errors: run lowbit-decode, lowbit-to-integer or a target's lowering first.

    ```mlir
    func.func @f(%w: tensor<384x64xf32, #e> {lowbit.weight = "w"}) -> tensor<384x64xf32> {
      %0 = lowbit.decode %w : tensor<384x64xf32, #e> to tensor<384x64xf32>
    // becomes
    func.func @f(%c: tensor<384x64xi8> {lowbit.weight = "w.codes"},
                 %s: tensor<64xf32> {lowbit.weight = "w.scales"}) -> tensor<384x64xf32> {
      %0 = linalg.generic ins(%c, %s) ... // scale * code
    ```
  }];
  let dependentDialects = ["::lowbit::LowbitDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

include "lowbit/Dialect/Lowbit/Transforms/VerifyPasses.td"

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_PASSES_TD
